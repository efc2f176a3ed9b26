/**
 * What is known about one peer, each truth for itself: handshakes may succeed where no data comes through,
 * data may come in where none goes out. Ages are seconds, null stands for never.
 */
import type { DeviceObservation } from '../../device/observe/device-observation.ts';
import type { ProbeResult } from '../../device/observe/peer-prober.ts';
import { formatAddress, formatEndpoint } from '../../protocol/address-text.ts';
import { REJECT_AFTER_TIME_MS } from '../../protocol/constants.ts';
import type { Instant } from '../../protocol/time.ts';
import type { PeerSnapshot } from '../../protocol/tunnel-options.ts';

export interface HandshakeFacts {
  readonly age: number | null;
  /** Whether its keys can still be used. */
  readonly isFresh: boolean;
  /** Who began it. */
  readonly begunBy: 'us' | 'peer' | null;
  readonly tookMilliseconds: number | null;
  /** Initiations of ours since, that were not answered. */
  readonly unanswered: number;
  readonly gaveUp: boolean;
}

export interface TrafficFacts {
  /** Of inner packets; keepalives do not count. */
  readonly receivedAge: number | null;
  readonly sentAge: number | null;
  /** Of anything that only the peer can have sent, keepalives among it. */
  readonly heardAge: number | null;
  /** How long data of ours has waited for any sign of life. */
  readonly waiting: number | null;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

export interface ProbeFacts {
  readonly outcome: ProbeResult['outcome'];
  /** The address inside the tunnel that was asked. */
  readonly asked: string | null;
  readonly milliseconds: number | null;
}

export interface PeerFacts {
  readonly publicKey: string;
  readonly endpoint: string | null;
  readonly carrier: string | null;
  readonly hasAllowedIps: boolean;
  readonly handshake: HandshakeFacts;
  readonly traffic: TrafficFacts;
  readonly probe: ProbeFacts;
}

export function peerFacts(
  peer: PeerSnapshot,
  observation: DeviceObservation,
  probe: ProbeResult | undefined,
): PeerFacts {
  const { endpoint } = peer;
  return {
    publicKey: Buffer.from(peer.publicKey).toString('base64'),
    endpoint: endpoint === undefined ? null : formatEndpoint(endpoint),
    carrier: endpoint === undefined ? null : (observation.carriers.get(peer.id)?.name ?? 'udp'),
    hasAllowedIps: peer.allowedIps.length > 0,
    handshake: handshakeFacts(peer, observation),
    traffic: trafficFacts(peer, observation),
    probe: probeFacts(probe),
  };
}

function handshakeFacts({ id, lastHandshake }: PeerSnapshot, { at, histories }: DeviceObservation): HandshakeFacts {
  const { role, took, attempts, gaveUp } = histories.get(id) ?? {};
  return {
    age: lastHandshake === 0 ? null : seconds(at.wall - lastHandshake),
    isFresh: lastHandshake !== 0 && at.wall - lastHandshake < REJECT_AFTER_TIME_MS,
    begunBy: role === undefined ? null : role === 'initiator' ? 'us' : 'peer',
    tookMilliseconds: took === undefined ? null : Math.round(took),
    unanswered: attempts ?? 0,
    gaveUp: gaveUp ?? false,
  };
}

function trafficFacts({ id, receivedBytes, sentBytes }: PeerSnapshot, observation: DeviceObservation): TrafficFacts {
  const record = observation.traffic.get(id);
  const age = (instant: Instant | undefined): number | null =>
    instant === undefined || instant === 0 ? null : seconds(observation.at.at - instant);
  return {
    receivedAge: age(record?.dataReceivedLast),
    sentAge: age(record?.dataSentLast),
    heardAge: age(record?.authenticatedReceivedLast),
    waiting: age(record?.dataSentUnanswered),
    receivedBytes,
    sentBytes,
  };
}

function probeFacts(probe: ProbeResult = { outcome: 'not-asked' }): ProbeFacts {
  const asked = 'asked' in probe ? formatAddress(probe.asked) : null;
  const took = probe.outcome === 'answered' ? probe.milliseconds : undefined;
  return { outcome: probe.outcome, asked, milliseconds: took === undefined ? null : Math.round(took * 10) / 10 };
}

function seconds(milliseconds: number): number {
  return Math.max(Math.round(milliseconds / 100) / 10, 0);
}
