/** The status of a tunnel for people: the verdict first, then what it rests on. */
import type { HandshakeFacts, ProbeFacts, TrafficFacts } from '../../control/status/peer-facts.ts';
import type { PeerStatus, StatusReport } from '../../control/status/status-report.ts';
import { ageText } from '../../control/status/verdict.ts';
import { bytesText } from '../human-text.ts';

export function renderStatus({ name, peers }: StatusReport): string {
  const summary = `${name}: ${count(peers, 'works')} of ${peers.length} ${peers.length === 1 ? 'peer works' : 'peers work'}`;
  return `${[summary, ...peers.map(renderPeer)].join('\n\n')}\n`;
}

function count(peers: readonly PeerStatus[], state: string): number {
  return peers.filter(({ verdict }) => verdict.state === state).length;
}

function renderPeer({ publicKey, endpoint, carrier, handshake, traffic, probe, verdict }: PeerStatus): string {
  const where = endpoint === null ? '' : ` at ${endpoint}${carrier === 'udp' ? '' : ` by ${carrier}`}`;
  const lines = [
    `peer ${publicKey}${where}`,
    `  ${verdict.words}`,
    ...(verdict.hint === null ? [] : [`  -> ${verdict.hint}`]),
    `    handshake:     ${handshakeText(handshake)}`,
    `    data received: ${trafficText(traffic.receivedAge, traffic.receivedBytes)}`,
    `    data sent:     ${trafficText(traffic.sentAge, traffic.sentBytes)}${waitingText(traffic)}`,
    `    probe:         ${probeText(probe)}`,
  ];
  return lines.join('\n');
}

function handshakeText({ age, begunBy, tookMilliseconds, unanswered }: HandshakeFacts): string {
  const open = unanswered === 0 ? '' : `${unanswered} of ours not answered`;
  if (age === null) return open === '' ? 'never' : `never, ${open}`;
  const who = begunBy === null ? '' : `, begun by ${begunBy === 'us' ? 'us' : 'the peer'}`;
  const took = tookMilliseconds === null ? '' : `, took ${tookMilliseconds} ms`;
  return `${ageText(age)} ago${who}${took}${open === '' ? '' : `; since then ${open}`}`;
}

function trafficText(age: number | null, bytes: number): string {
  return age === null
    ? `never (${bytesText(bytes)} with handshakes and keepalives)`
    : `${ageText(age)} ago, ${bytesText(bytes)} in all`;
}

function waitingText({ waiting }: TrafficFacts): string {
  return waiting === null ? '' : `, for ${ageText(waiting)} without a sign of life`;
}

const SILENCE: Readonly<Record<Exclude<ProbeFacts['outcome'], 'answered' | 'silent'>, string>> = {
  'no-session': 'not asked: there is no session',
  'nobody-to-ask': 'not asked: no address of ours and of its AllowedIPs fit together',
  'not-asked': 'not asked: too many peers',
};

function probeText({ outcome, asked, milliseconds }: ProbeFacts): string {
  if (outcome === 'silent') return `no answer from ${asked} inside the tunnel`;
  if (outcome !== 'answered') return SILENCE[outcome];
  return milliseconds === null ? `data came back after ${asked} was asked` : `${asked} answered in ${milliseconds} ms`;
}
