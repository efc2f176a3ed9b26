/** What `doctor` found, for people: a verdict a peer, then what it stands on. */
import type {
  DoctorReport,
  NotedFinding,
  OtherSource,
  PeerExamination,
  PeerState,
} from '../../control/doctor/report.ts';
import type { Finding } from '../../protocol/diagnosis/finding.ts';

const VERDICTS: Readonly<Record<PeerState, string>> = {
  unresolved: 'has no address',
  'not-heard': 'was not heard of',
  'no-answer': 'does not answer',
  'handshake-failed': 'handshake fails',
  'no-data': 'handshake, but no data',
  works: 'works',
};

export function renderReport(report: DoctorReport): string {
  const sections = [
    `this end: ${report.publicKey}, UDP port ${report.listenPort}, looked for ${report.seconds} s`,
    ...report.peers.map(renderPeer),
    ...report.others.map(renderSource),
    ...(report.skipped === 0 ? [] : [`${report.skipped} datagrams came too fast to be looked at`]),
  ];
  return `${sections.join('\n\n')}\n`;
}

function renderPeer(peer: PeerExamination): string {
  const { findings, state } = peer;
  const differs = `${names(findings)} ${findings.length === 1 ? 'differs' : 'differ'}`;
  const verdict =
    findings.length === 0 ? VERDICTS[state] : `${differs}; ${state === 'works' ? 'all else works' : VERDICTS[state]}`;
  const place = peer.endpoint === null ? '' : ` (${peer.endpoint})`;
  return [
    `peer ${peer.publicKey}${place}: ${verdict}`,
    ...findings.flatMap(renderFinding),
    ...progress(peer),
    ...peer.notes.map((note) => `  - ${note}`),
  ].join('\n');
}

function renderSource({ address, datagrams, findings }: OtherSource): string {
  const count = `${datagrams} ${datagrams === 1 ? 'datagram' : 'datagrams'}`;
  const verdict = findings.length === 0 ? 'junk, or not for this end' : names(findings);
  return [`from ${address}, no known peer: ${count}, ${verdict}`, ...findings.flatMap(renderFinding)].join('\n');
}

function names(findings: readonly NotedFinding[]): string {
  return findings.map(({ parameter }) => parameter).join(', ');
}

/** `S1: the peer sends 25, this file says 15` and what shows it. */
function renderFinding(finding: NotedFinding): string[] {
  const { certainty, count, after, evidence } = finding;
  const times = count === 1 ? 'once' : `${count} times`;
  const guess = certainty === 'likely' ? 'likely, not proven: ' : '';
  return [`  ${sentence(finding)}`, `      ${guess}${evidence} (${times}, first after ${after} s)`];
}

function sentence({ parameter, ours, theirs }: Finding): string {
  switch (parameter) {
    case 'PublicKey':
      return theirs === 'another' || theirs.startsWith('that of')
        ? `PublicKey: the sender has ${theirs === 'another' ? 'another public key' : theirs} where that of this end belongs`
        : `PublicKey: the sender is ${theirs}; ${ours}`;
    case 'HeaderProtectionKey':
    case 'PresharedKey':
      return theirs === 'another'
        ? `${parameter}: the peer has another than this file`
        : `${parameter}: ${theirs} at the peer, ${ours} in this file`;
    default:
      return `${parameter}: the peer sends ${theirs}, this file says ${ours}`;
  }
}

function progress({ initiationsSent, handshakeAfter, dataAfter, agreed }: PeerExamination): string[] {
  const steps = [
    ...(initiationsSent === 0
      ? []
      : [`${initiationsSent} ${initiationsSent === 1 ? 'initiation' : 'initiations'} sent`]),
    ...(handshakeAfter === null ? [] : [`handshake after ${handshakeAfter} s`]),
    ...(dataAfter === null ? [] : [`data after ${dataAfter} s`]),
    ...(agreed.length === 0 ? [] : [`agree: ${agreed.join(' ')}`]),
  ];
  return steps.length === 0 ? [] : [`  ${steps.join('; ')}`];
}
