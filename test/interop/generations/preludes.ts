/** Signature packets and junk as they leave: both ends must send the same for the same configuration. */
import assert from 'node:assert/strict';
import { toHex } from '../../../src/protocol/bytes.ts';
import { Capture } from '../../support/capture.ts';
import { LISTEN_PORT, waitForHandshake } from '../../support/tunnel-pair.ts';
import { sleep } from '../../support/wait.ts';
import type { VariantContext } from './variant.ts';
import type { SeenDatagram } from './wire-reader.ts';
import { WireReader } from './wire-reader.ts';

/** All that the initiator sent until its first initiation, and from there to the next, each without it. */
function preludesIn(seen: readonly SeenDatagram[], { pair }: VariantContext): SeenDatagram[][] {
  const preludes: SeenDatagram[][] = [];
  let current: SeenDatagram[] = [];
  for (const each of seen.filter(({ from }) => from === pair.initiator)) {
    if (each.kind === 'initiation') {
      preludes.push(current);
      current = [];
    } else if (each.kind === 'other') current.push(each);
  }
  return preludes;
}

function assertJunk(junk: readonly SeenDatagram[], count: number, low: number, high: number): void {
  assert.equal(junk.length, count);
  for (const { payload } of junk) assert.ok(payload.length >= low && payload.length <= high);
}

/** I1, I3 and I5 as configured, exactly as long as they say, then junk, then the initiation. */
export async function preludeOfHandshake(context: VariantContext): Promise<string> {
  const { scope, pair, shared } = context;
  const capture = await Capture.start(scope, pair.responder.host);
  await waitForHandshake(pair.initiator, pair.responder);
  await capture.stop();
  const seen = new WireReader(shared, [pair.initiator, pair.responder]).read(capture.path, 4);
  const [prelude = []] = preludesIn(seen, context);
  assert.equal(prelude.length, 6);
  const [first = '', third = '', fifth = ''] = prelude.map(({ payload }) => Buffer.from(payload).toString('latin1'));
  assert.ok(first.startsWith('\xaa\xbb') && first.length === 12, 'I1');
  assert.match(third, /^\d{20}$/);
  assert.match(fifth, /^\xff\xee[A-Za-z]{5}$/);
  assertJunk(prelude.slice(3), 3, 30, 60);
  return 'three packets of the right form, three of junk, then the initiation';
}

const REPETITIONS_SECONDS = 12.5;
const DEAF = `
table inet deaf {
  chain arriving { type filter hook input priority 0; udp dport ${LISTEN_PORT} drop; }
}`;

/** Nobody answers, so the initiation is repeated after 5 s: I, J, and I again when Itime has passed. */
export async function scheduleOfSpecialHandshake(context: VariantContext): Promise<string> {
  const { scope, pair, shared } = context;
  const { initiator, responder } = pair;
  await responder.host.namespace.setFirewall(DEAF);
  const capture = await Capture.start(scope, initiator.host);
  const begun = Math.floor(Date.now() / 1000);
  initiator.host.namespace.spawn('ping', ['-n', '-c', '1', responder.inner[4]], {}, scope);
  await sleep(REPETITIONS_SECONDS * 1000);
  await capture.stop();
  const preludes = preludesIn(new WireReader(shared, [initiator, responder]).read(capture.path, 4), context);
  assert.equal(preludes.length, 3);
  const words = preludes.map((prelude) => prelude.map(({ payload }) => toHex(payload)));
  const [opening = [], middle = [], again = []] = words;
  for (const [group, heads] of [
    [opening, ['c0ffee01', 'c0ffee02']],
    [middle, ['c0ffee03', 'c0ffee04', 'c0ffee05']],
    [again, ['c0ffee01', 'c0ffee02']],
  ] as const) {
    assert.deepEqual(
      group.slice(0, heads.length).map((hex) => hex.slice(0, 8)),
      heads,
    );
    assert.equal(group.length, heads.length + 2);
  }
  for (const prelude of preludes) assertJunk(prelude.slice(-2), 2, 50, 60);
  const time = Number.parseInt(opening[0]?.slice(8) ?? '', 16);
  assert.ok(opening[0]?.length === 24 && time >= begun && time <= begun + 3, `<t> is ${time}`);
  const counters = [opening[1], middle[0], again[1]].map((hex) => BigInt(`0x${hex?.slice(8) ?? ''}`));
  return `right packets each time; \`<c>\` was ${counters.join(', ')}`;
}
