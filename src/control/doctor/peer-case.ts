/** What is known so far of one peer: how far its handshake came, and what was found on the way. */
import { formatEndpoint } from '../../protocol/address-text.ts';
import { adopt } from '../../protocol/diagnosis/adopt.ts';
import type { Diagnosis, Finding, MessageKind, Parameter } from '../../protocol/diagnosis/finding.ts';
import type { Endpoint } from '../../protocol/endpoint.ts';
import type { PeerId, ReceiverIndex } from '../../protocol/engine-port.ts';
import type { Profile } from '../../protocol/obfuscation/profile.ts';
import type { PeerEntry } from '../config/tunnel-config.ts';
import type { EnginePeer } from './doctor-engine.ts';
import type { Hypothesis } from './hypotheses.ts';
import { NotedFindings } from './noted-findings.ts';
import type { PeerExamination, PeerState } from './report.ts';
import { notesOn } from './verdict.ts';

type Revealed = Extract<Diagnosis, { outcome: 'revealed' }>;

/** The parameters that a message shows, and that its being answered shows of ours. */
const SHOWN_BY: Readonly<Record<MessageKind, readonly Parameter[]>> = {
  initiation: ['S1', 'H1'],
  response: ['S2', 'H2'],
  'cookie-reply': ['S3', 'H3'],
  transport: ['S4', 'H4'],
};

export class PeerCase implements EnginePeer {
  readonly id: PeerId;
  readonly entry: PeerEntry;
  readonly findings = new NotedFindings();
  readonly #agreed = new Set<Parameter>();
  #isReadable = false;
  endpoint: Endpoint | undefined;
  adopted: Profile | undefined;
  /** Why its host name has no address. */
  unresolved: string | undefined;
  initiationsSent = 0;
  /** Initiations of its own that we answered. */
  answered = 0;
  /** Seconds from the start to the first of them. */
  answeredAfter: number | undefined;
  /** What was tried with other values, once each. */
  readonly probed = new Set<'initiation' | 'transport'>();
  /** What each initiation of ours tried that was not as in the file. BOUNDED by the hypotheses. */
  readonly tried = new Map<ReceiverIndex, Hypothesis>();
  cookies = 0;
  /** Seconds from the start. */
  handshakeAfter: number | undefined;
  dataAfter: number | undefined;
  /** What the system or the network said against sending there, as in `ECONNREFUSED`. */
  complaint: string | undefined;
  /** Datagrams from where it is that say nothing. */
  unreadable = 0;

  constructor(id: PeerId, entry: PeerEntry) {
    this.id = id;
    this.entry = entry;
  }

  get publicKey(): Uint8Array {
    return this.entry.publicKey;
  }

  /** Nothing more can be learnt. */
  get isSettled(): boolean {
    return this.dataAfter !== undefined || this.findings.has('PresharedKey') || this.unresolved !== undefined;
  }

  get state(): PeerState {
    if (this.dataAfter !== undefined) return 'works';
    if (this.handshakeAfter !== undefined) return 'no-data';
    if (this.answered > 0 || !this.findings.isEmpty) return 'handshake-failed';
    if (this.unresolved !== undefined) return 'unresolved';
    return this.initiationsSent > 0 ? 'no-answer' : 'not-heard';
  }

  /** Takes a message of this peer into account, and from then on speaks to it as it speaks. */
  note({ wrapping, findings }: Revealed, profile: Profile, seconds: number): void {
    this.#isReadable = true;
    for (const finding of findings) this.findings.add(finding, seconds);
    this.#agree(SHOWN_BY[wrapping.kind]);
    if (findings.length > 0) this.adopted = adopt(this.adopted ?? profile, wrapping);
  }

  /** Takes something into account that cannot be read, which is junk from a peer that can be read otherwise. */
  suspect(finding: Finding | undefined, seconds: number): void {
    if (finding === undefined || this.#isReadable) this.unreadable += 1;
    else this.findings.add(finding, seconds);
  }

  /** The peer answered what was tried with that index, if anything was. */
  noteTried(index: ReceiverIndex | undefined, seconds: number): void {
    const hypothesis = index === undefined ? undefined : this.tried.get(index);
    if (hypothesis === undefined) return;
    this.findings.add(hypothesis.finding, seconds);
    this.adopted ??= hypothesis.profile;
  }

  /** The peer understood a message of ours of that kind; what was adopted says nothing about the file. */
  wasUnderstood(kind: MessageKind): void {
    if (this.adopted === undefined) this.#agree(SHOWN_BY[kind]);
  }

  report(): PeerExamination {
    const { publicKey, endpoint, initiationsSent, state } = this;
    const findings = this.findings.list();
    const { unresolved, complaint, unreadable, answered, cookies } = this;
    const hasEndpoint = this.entry.endpoint !== undefined;
    return {
      publicKey: Buffer.from(publicKey).toString('base64'),
      endpoint: endpoint === undefined ? null : formatEndpoint(endpoint),
      state,
      initiationsSent,
      handshakeAfter: this.handshakeAfter ?? null,
      dataAfter: this.dataAfter ?? null,
      findings,
      agreed: [...this.#agreed].filter((parameter) => !this.findings.has(parameter)).sort(),
      notes: notesOn({ state, hasEndpoint, unresolved, complaint, unreadable, answered, cookies, findings }),
    };
  }

  #agree(parameters: readonly Parameter[]): void {
    for (const parameter of parameters) this.#agreed.add(parameter);
  }
}
