/**
 * The core with its handshakes, timers and cookies, told anything by the data plane: genuine messages
 * changed, repeated, out of order, from elsewhere, and reports about sessions that it does not have.
 * Nobody but the two who know the keys gets a session, and afterwards these two can still talk.
 */
import type { Endpoint } from '../../../src/protocol/endpoint.ts';
import type { EngineEvent, HandshakeKind, PeerId, ReceiverIndex } from '../../../src/protocol/engine-port.ts';
import { endpoint } from '../../../src/testing/addresses.ts';
import { ALICE, BOB, Pair } from '../../sim/pair.ts';
import { DEFAULT_DELAY } from '../../sim/sim-network.ts';
import { ByteScript } from '../engine/byte-script.ts';
import type { FuzzTarget, Note } from '../engine/target.ts';
import { promise } from '../engine/target.ts';

const KINDS: readonly HandshakeKind[] = ['initiation', 'response', 'cookie-reply'];
const SIZES: Readonly<Record<HandshakeKind, number>> = { initiation: 148, response: 92, 'cookie-reply': 64 };
const MALLORY = endpoint('203.0.113.66', 666);

interface Genuine {
  readonly content: Uint8Array;
  readonly from: Endpoint;
  readonly isUnderWay: boolean;
}

/** Genuine messages of the pair so far, of this size. */
function genuine(pair: Pair, bytes: number): Genuine[] {
  return pair.network.flights.flatMap(({ at, from, content }) =>
    content instanceof Uint8Array && content.length === bytes
      ? [{ content, from, isUnderWay: pair.clock.at - at <= DEFAULT_DELAY }]
      : [],
  );
}

/**
 * A message that is under way comes from its sender: whoever sits on the way and brings it sooner, from another
 * address, is believed by every WireGuard (docs/threat-model.md).
 */
function handshake(pair: Pair, script: ByteScript): EngineEvent {
  const type = script.pick(KINDS);
  const anywhere = script.pick([ALICE, BOB, MALLORY]);
  const known = genuine(pair, SIZES[type]);
  const template = known.length === 0 ? undefined : known[script.below(known.length)];
  const message = template?.content.slice() ?? new Uint8Array(SIZES[type]);
  for (let edits = script.below(3); edits > 0; edits--) message[script.uint16() % message.length] ^= script.byte();
  return { kind: 'handshake', type, message, from: template?.isUnderWay === true ? template.from : anywhere };
}

function report(pair: Pair, script: ByteScript): EngineEvent {
  const peer = script.below(3) as PeerId;
  const localIndex = script.uint32() as ReceiverIndex;
  switch (script.below(9)) {
    case 0:
      return { kind: 'session-wanted', peer };
    case 1:
      return { kind: 'rekey-due', peer, reason: script.pick(['age-on-send', 'age-on-receive', 'message-count']) };
    case 2:
      return { kind: 'traffic', peer };
    case 3:
      return { kind: 'heard', peer, endpoint: MALLORY, data: true };
    case 4:
      return { kind: 'keypair-retired', peer: 2 as PeerId, localIndex };
    default:
      return handshake(pair, script);
  }
}

/** Whatever happened, within the time that a handshake needs the two can talk. */
function checkRecovery(pair: Pair): void {
  pair.mend();
  pair.advance(200_000);
  pair.alice.send(pair.bobId, 'after all');
  pair.advance(40_000);
  promise(pair.bob.delivered.includes('after all'), 'the two do not find together any more');
  for (const host of [pair.alice, pair.bob]) {
    promise(host.tunnel.snapshot().peers.length === 1, 'a peer came or went');
    const deadline = host.tunnel.nextDeadline();
    promise(deadline === undefined || deadline >= pair.clock.at, 'a deadline was passed over');
  }
}

function run(script: ByteScript, note: Note): void {
  const pair = new Pair();
  pair.alice.send(pair.bobId, 'hello');
  for (let steps = 0; !script.isOver && steps < 64; steps++) {
    const host = script.pick([pair.alice, pair.bob]);
    const before = host.tunnel.drops.slice();
    host.report(report(pair, script));
    host.tunnel.drops.forEach((count, reason) => {
      if (count !== before[reason]) note(reason);
    });
    pair.advance(script.pick([0, 10, 100, 5_000, 130_000]));
  }
  checkRecovery(pair);
}

export const target: FuzzTarget = {
  seeds: [
    Uint8Array.of(1, 0, 5, 0, 0, 0, 1, 1, 2, 0, 5, 1, 1, 0, 1, 7, 0, 9, 1),
    Buffer.alloc(100, 5),
    Uint8Array.from({ length: 160 }, (_, index) => index * 29),
  ],
  longest: 400,
  milliseconds: 4_000,
  probe: (input, note) => run(new ByteScript(input), note),
};
