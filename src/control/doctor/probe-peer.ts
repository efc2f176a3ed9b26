/** Tries other values on a silent peer, evenly spread over a few seconds, until it says something. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Moment } from '../../protocol/time.ts';
import type { Examination } from './examination.ts';
import { transportHypotheses } from './hypotheses.ts';
import type { PeerCase } from './peer-case.ts';

/** Two hundred datagrams a second: no burden to anybody, and through all of them in six. */
const AT_ONCE = 10;
const EVERY_MS = 50;

/** One initiation in all the ways that the peer may expect. */
export async function probeInitiation(
  examination: Examination,
  peer: PeerCase,
  now: () => Moment,
  signal: AbortSignal,
): Promise<void> {
  const attempts = examination.probes(peer, now());
  const isOver = (): boolean => peer.adopted !== undefined || peer.handshakeAfter !== undefined;
  await spread(attempts, isOver, signal);
}

/** Data in all the ways that the peer may expect. */
export async function probeTransport(examination: Examination, peer: PeerCase, signal: AbortSignal): Promise<void> {
  const attempts = examination.profilesFor(peer, transportHypotheses).map((profile) => () => {
    examination.ping(peer, profile);
  });
  await spread(attempts, () => peer.dataAfter !== undefined, signal);
}

async function spread(attempts: Iterable<() => void>, isOver: () => boolean, signal: AbortSignal): Promise<void> {
  let count = 0;
  for (const attempt of attempts) {
    if (signal.aborted || isOver()) return;
    attempt();
    count += 1;
    if (count % AT_ONCE === 0) await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
