/** What follows from what a peer did not do: sentences for people, the likeliest cause first. */
import type { Finding } from '../../protocol/diagnosis/finding.ts';
import type { PeerState } from './report.ts';

const COMPLAINTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'its host says that nobody listens on that port (ICMP port unreachable)',
  EHOSTUNREACH: 'the network says that its host cannot be reached',
  ENETUNREACH: 'there is no route to its network',
  EACCES: 'the system refuses to send there (a firewall of this host, or a broadcast address)',
  EPERM: 'the system refuses to send there (a firewall of this host)',
  EAFNOSUPPORT: 'this system has no IPv6',
  EMSGSIZE: 'the system finds a datagram too large to send',
};

export interface CaseFacts {
  readonly state: PeerState;
  /** Whether the file says where it is. */
  readonly hasEndpoint: boolean;
  /** Why its host name has no address. */
  readonly unresolved: string | undefined;
  /** What the system or the network said against sending there, as in `ECONNREFUSED`. */
  readonly complaint: string | undefined;
  /** Datagrams from where it is that say nothing. */
  readonly unreadable: number;
  /** Initiations of its own that were answered. */
  readonly answered: number;
  readonly cookies: number;
  /** Parameters that are known to differ. */
  readonly findings: readonly Finding[];
}

export function notesOn(facts: CaseFacts): string[] {
  const { unresolved, complaint, unreadable, cookies } = facts;
  return [
    ...(unresolved === undefined ? [] : [unresolved]),
    ...(complaint === undefined ? [] : [`Endpoint: ${COMPLAINTS[complaint] ?? `sending there fails (${complaint})`}`]),
    ...(cookies === 0 ? [] : ['it is under load, and asked for a cookie']),
    ...(unreadable === 0 ? [] : [`${unreadable} datagrams came from there that are junk, or cannot be read`]),
    ...causes(facts),
  ];
}

function causes({ state, complaint, findings, answered, hasEndpoint }: CaseFacts): readonly string[] {
  const differs = (parameters: readonly string[]): boolean =>
    findings.some(({ parameter }) => parameters.includes(parameter));
  if (state === 'no-answer' && complaint === undefined) return NO_ANSWER;
  if (state === 'no-data' && !differs(['S4', 'H4'])) return NO_DATA;
  if (state === 'handshake-failed' && answered > 0 && !differs(['S2', 'H2', 'PresharedKey'])) return IGNORED;
  return state === 'not-heard' && !hasEndpoint ? NOT_HEARD : [];
}

const NO_ANSWER = [
  'nothing came back, not even an error. A peer is silent when it cannot read an initiation, so it may be any of: a wrong Endpoint, or UDP blocked on the way',
  'PublicKey in this [Peer] section is not that of the peer, or its file has another public key for this end',
  'S1, H1, HeaderProtectionKey or RandomTrailers differ',
  'run "awg-vpn doctor" at the other end, where it sees what arrives; or here with --probe, which tries other values of S1 and more',
];

const NO_DATA = [
  'keys were agreed on, but no data came back: S4 or H4 differ, or the peer drops what it is sent (AllowedIPs there), or had nothing to say',
  'send something from the other end meanwhile, run "awg-vpn doctor" there, or run it here with --probe and more --seconds',
];

const IGNORED = [
  'its initiations can be read and were answered, but it goes on asking: our response does not arrive, or it cannot read it (S2, H2), or PresharedKey differs',
  'this end has called the peer in turn, and no response came that would tell which of these it is',
];

const NOT_HEARD = ['no Endpoint is known, and nothing came from it: have it send something while doctor runs'];
