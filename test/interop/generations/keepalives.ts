/**
 * Keepalives of both kinds from both ends, by what crosses the cable of a tunnel that is otherwise idle:
 *
 *     initiator  data ----------------> ... <-- responder's keepalive, as it has nothing to answer
 *     responder  data ----------------> ... <-- initiator's keepalive, likewise
 *                                       ... --> initiator's persistent keepalive
 */
import assert from 'node:assert/strict';
import type { Range } from '../../../src/protocol/range.ts';
import { contains } from '../../../src/protocol/range.ts';
import { Capture } from '../../support/capture.ts';
import { onlyPeer } from '../../support/engines/engine-adapter.ts';
import { ping } from '../../support/ping.ts';
import { profileOf } from '../../support/profile-of.ts';
import type { Scope } from '../../support/scope.ts';
import type { TunnelEnd, TunnelPair } from '../../support/tunnel-pair.ts';
import { sleep, waitFor } from '../../support/wait.ts';
import type { Family } from '../../support/wire.ts';
import type { GenerationProfile } from './profiles.ts';
import type { SeenDatagram } from './wire-reader.ts';
import { WireReader } from './wire-reader.ts';

/** Where nobody listens, and nobody says so. */
const SILENT_PORT = 9;
const SILENCE = `
table inet silence {
  chain arriving { type filter hook input priority 0; udp dport ${SILENT_PORT} drop; }
}`;

/** Timers may be this late, in seconds: many pairs share few processors here. */
const LATENESS = 1;
const EARLINESS = 0.1;
const MARGIN = 0.6;
const SETTLE_SECONDS = 1;

export interface Keepalives {
  /** Seconds from data to the keepalive that acknowledges it, by who acknowledges. */
  readonly passive: { readonly initiator: number; readonly responder: number };
  /** Seconds from the last datagram to the initiator's persistent keepalive. */
  readonly persistent: number;
}

async function sendOnce(from: TunnelEnd, to: TunnelEnd): Promise<number> {
  const at = Date.now() / 1000;
  await from.host.namespace.run('bash', ['-c', `echo once > /dev/udp/${to.inner[4]}/${SILENT_PORT}`]);
  return at;
}

/** A rekey would disturb: waits until the session is new enough to live through what follows. */
async function waitForYoungSession({ initiator, responder }: TunnelPair, longestAge: number): Promise<void> {
  const isYoung = async (): Promise<boolean> => {
    await ping(initiator.host.namespace, responder.inner[4], { count: 1, timeoutSeconds: 1 });
    return Date.now() / 1000 - (await onlyPeer(initiator.tunnel)).latestHandshake < longestAge;
  };
  await waitFor('a young session', isYoung, { timeoutMs: 150_000, intervalMs: 500 });
}

export async function observeKeepalives(
  scope: Scope,
  pair: TunnelPair,
  outer: Family,
  profile: GenerationProfile,
): Promise<Keepalives> {
  const { initiator, responder } = pair;
  const { passive, persistent, rekey } = profile;
  const duration = SETTLE_SECONDS + 2 * (passive.high + MARGIN + LATENESS) + persistent.high + LATENESS;
  for (const { host } of [initiator, responder]) await host.namespace.setFirewall(SILENCE);
  await waitForYoungSession(pair, rekey.low - duration);
  const capture = await Capture.start(scope, responder.host);
  const first = await sendOnce(initiator, responder);
  await sleep((passive.high + MARGIN) * 1000);
  const second = await sendOnce(responder, initiator);
  await sleep((passive.high + persistent.high + 2 * MARGIN) * 1000);
  await capture.stop();
  const seen = new WireReader(profile.shared, [initiator, responder]).read(capture.path, outer);
  const idle = seen.filter(({ kind }) => kind === 'transport');
  const [data, answer] = answered(idle, initiator, first);
  const [reverseData, reverseAnswer] = answered(idle, responder, second);
  const extra = idle[idle.indexOf(reverseAnswer) + 1];
  assert.equal(extra?.from, initiator, 'there is a persistent keepalive');
  for (const keepalive of [answer, reverseAnswer, extra]) assertEmpty(keepalive, profile);
  return within(profile, {
    passive: { responder: answer.at - data.at, initiator: reverseAnswer.at - reverseData.at },
    persistent: extra.at - reverseAnswer.at,
  });
}

/** The datagram that `from` sent at that time, and the next one of the other end. */
function answered(idle: readonly SeenDatagram[], from: TunnelEnd, at: number): readonly [SeenDatagram, SeenDatagram] {
  const data = idle.find((each) => each.from === from && each.at >= at);
  const answer = data && idle.find((each) => each.from !== from && each.at > data.at);
  assert.ok(data !== undefined && answer !== undefined, 'data is acknowledged');
  return [data, answer];
}

/** Where nothing is added to the plaintext, the size shows that there is nothing in it. */
function assertEmpty({ payload }: SeenDatagram, { shared, own }: GenerationProfile): void {
  const { contentPadding, randomTrailers, transport } = profileOf({ ...shared, ...own });
  const bytes = transport.prefix + 32;
  if (contentPadding === undefined && !randomTrailers) assert.equal(payload.length, bytes);
  else assert.ok(payload.length >= bytes);
}

function within({ passive, persistent }: GenerationProfile, found: Keepalives): Keepalives {
  const check = (what: string, seconds: number, { low, high }: Range): void =>
    assert.ok(contains({ low: low - EARLINESS, high: high + LATENESS }, seconds), `${what} after ${seconds} s`);
  check("the responder's passive keepalive", found.passive.responder, passive);
  check("the initiator's passive keepalive", found.passive.initiator, passive);
  check('the persistent keepalive', found.persistent, persistent);
  return found;
}
