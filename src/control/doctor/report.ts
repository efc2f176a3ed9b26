/** What an examination found, as plain data: for the terminal, and for `--json`. */
import type { Finding, Parameter } from '../../protocol/diagnosis/finding.ts';

export interface DoctorReport {
  readonly publicKey: string;
  readonly listenPort: number;
  readonly seconds: number;
  /** Whether every peer that was heard, or should have been, is in order, and there is at least one. */
  readonly healthy: boolean;
  readonly peers: readonly PeerExamination[];
  /** Datagrams from addresses of no peer. */
  readonly others: readonly OtherSource[];
  /** Datagrams that were not looked at, because too many came. */
  readonly skipped: number;
}

/** In the order in which a tunnel goes through them. */
export type PeerState = 'unresolved' | 'not-heard' | 'no-answer' | 'handshake-failed' | 'no-data' | 'works';

export interface PeerExamination {
  /** Base64. */
  readonly publicKey: string;
  readonly endpoint: string | null;
  readonly state: PeerState;
  readonly initiationsSent: number;
  /** Seconds from the start, null = never. */
  readonly handshakeAfter: number | null;
  readonly dataAfter: number | null;
  /** What the peer was found to have otherwise. */
  readonly findings: readonly NotedFinding[];
  /** Parameters that were seen to agree. */
  readonly agreed: readonly Parameter[];
  /** Complete sentences: what else is known, and what to do. */
  readonly notes: readonly string[];
}

export interface NotedFinding extends Finding {
  /** Datagrams that showed it. */
  readonly count: number;
  /** Seconds from the start to the first of them. */
  readonly after: number;
}

export interface OtherSource {
  readonly address: string;
  readonly datagrams: number;
  readonly findings: readonly NotedFinding[];
}
