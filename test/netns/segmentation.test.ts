/** Our split and merge against the kernel's: what it makes of a super-packet, we make of it too, byte for byte. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { frameOf, superFrame } from '../../src/testing/frames.ts';
import { finishChecksums, TCP_FLAG, tcpPacket, udpPacket } from '../../src/testing/packets.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import type { Figure } from '../support/figures.ts';
import { recordFigures } from '../support/figures.ts';
import { FORWARDED, ForwardingKernel } from '../support/forwarding-kernel.ts';
import { enterPrivateNamespace, skipWithoutRoot } from '../support/netns-private.ts';
import { PacketBench } from '../support/packet-bench.ts';

const CASES = Number(process.env.AWG_VPN_LONG === '1' ? 5000 : 400);
const COMMAND = `${CASES > 400 ? 'AWG_VPN_LONG=1 ' : ''}node tools/run-tests.mjs netns --only segmentation`;
const figures: Figure[] = [];
const TTL = 64;
/** A super-packet has more than one segment, or the kernel drops it as none. */
const LEAST = 1400;

before(enterPrivateNamespace);

describe('beside the kernel', { skip: skipWithoutRoot }, () => {
  const bench = new PacketBench();
  const random = new SeededRandom(20_26);
  const below = (count: number): number => Math.floor(random.fraction() * count);
  const pick = <T>(choices: readonly T[]): T => choices[below(choices.length)];
  let kernel: ForwardingKernel;

  before(() => {
    kernel = new ForwardingKernel();
  });
  after(() => {
    kernel.close();
    recordFigures('segmentation', 'Split and merge beside the kernel', COMMAND, figures);
  });

  const portsOf = (family: 4 | 6) => ({ ...FORWARDED[family], sourcePort: 1024 + below(60_000), destinationPort: 443 });

  /** Any that an application may cause, one hop richer, since the kernel takes one away. */
  function wholePacket(): Uint8Array {
    const fields = {
      ...portsOf(pick([4, 6])),
      ttl: TTL + 1,
      trafficClass: pick([0, 0, 0x28, 0xb8, 1, 2]),
      identification: pick([0, 1, 65_500, 65_535]),
      payload: random.fill(new Uint8Array(LEAST + below(12_000))),
    };
    if (kernel.takesUdp && below(3) === 0) return udpPacket(fields);
    const { ack, psh, fin, cwr, ece, urg } = TCP_FLAG;
    const flags = pick([ack, ack, ack | psh, ack | fin | psh, ack | ece, ack | cwr, ack | cwr | ece | psh, ack | urg]);
    const options = new Uint8Array(4 * below(11)).fill(1);
    return tcpPacket({
      ...fields,
      flags,
      options,
      sequence: pick([1, 0xffff_ff00, 0x7fff_fff0]),
      window: below(65_536),
    });
  }

  /** CWR asks for the ECN kind of segmentation, which a TUN does not offer: the kernel never hands us that. */
  const isCwr = (packet: Uint8Array): boolean => {
    const protocol = packet[(packet[0] ?? 0) >>> 4 === 4 ? 9 : 6];
    const tcp = (packet[0] ?? 0) >>> 4 === 4 ? 20 : 40;
    return protocol === 6 && ((packet[tcp + 13] ?? 0) & TCP_FLAG.cwr) !== 0;
  };

  test(`split makes of ${CASES} super-packets what the kernel makes of them`, async () => {
    let packetsCompared = 0;
    for (let index = 0; index < CASES; index++) {
      const whole = wholePacket();
      if (isCwr(whole)) continue;
      const frame = superFrame(whole, 100 + below(LEAST - 200));
      const expected = bench.split(frame, { capacity: 512, mtu: kernel.mtu }).packets.map(oneHopLess);
      const actual = await kernel.forward(frame, expected.length);
      assert.equal(actual.length, expected.length, `case ${index}`);
      for (const [at, packet] of actual.entries())
        assert.deepEqual(packet, expected[at], `case ${index}, packet ${at}`);
      packetsCompared += actual.length;
    }
    assert.ok(packetsCompared > CASES, `${packetsCompared} packets`);
    figures.push({ what: 'split', figure: `${CASES} super-packets, ${packetsCompared} packets, none different` });
  });

  test('the kernel cuts what merge made into the packets that it was made of', async () => {
    let merged = 0;
    for (let index = 0; index < CASES / 4; index++) {
      const packets = segments();
      const frames = bench.merge(packets, { udp: kernel.takesUdp });
      const out: Uint8Array[] = [];
      for (const { bytes, packets: count } of frames) out.push(...(await kernel.forward(bytes, count)));
      assert.deepEqual(out, packets.map(oneHopLess), `case ${index}`);
      merged += frames.filter(({ packets: count }) => count > 1).length;
    }
    assert.ok(merged > CASES / 8, `${merged} frames of more than one packet`);
    figures.push({ what: 'merge', figure: `${merged} merged frames, cut by the kernel into what they were made of` });
  });

  /** A run of segments that follow one another, then a last one that may be shorter. */
  function segments(): Uint8Array[] {
    const ports = portsOf(pick([4, 6]));
    const [size, count] = [1 + below(1200), 2 + below(30)];
    const isUdp = kernel.takesUdp && below(3) === 0;
    const first = pick([1, 0xffff_f000]);
    return Array.from({ length: count }, (_, index) => {
      const payload = random.fill(new Uint8Array(index === count - 1 ? 1 + below(size) : size));
      const fields = { ...ports, ttl: TTL + 1, identification: (65_530 + index) & 0xffff, payload };
      if (isUdp) return udpPacket(fields);
      return tcpPacket({ ...fields, sequence: (first + index * size) >>> 0, options: new Uint8Array(12).fill(1) });
    });
  }

  test('a packet that stands alone passes unchanged', async () => {
    const packet = tcpPacket({ ...portsOf(4), ttl: TTL + 1, payload: new Uint8Array(100) });
    assert.deepEqual(await kernel.forward(frameOf(packet), 1), [oneHopLess(packet)]);
  });
});

/** As forwarding leaves it (RFC 1812, 5.3.1). */
function oneHopLess(packet: Uint8Array): Uint8Array {
  const copy = packet.slice();
  copy[(copy[0] ?? 0) >>> 4 === 4 ? 8 : 7] = TTL;
  finishChecksums(copy);
  return copy;
}
