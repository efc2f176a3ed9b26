import assert from 'node:assert/strict';
import { test } from 'node:test';
import { echoPacket, tcpPacket, udpPacket } from '../testing/index.ts';
import { flowHash } from './flow-hash.ts';

const FLOW_4 = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 40000, destinationPort: 443 };
const FLOW_6 = { ...FLOW_4, source: 'fd00::1', destination: 'fd00::2' };

function hashOf(packet: Uint8Array, length = packet.length): number {
  return flowHash(new DataView(packet.buffer, packet.byteOffset), 0, length);
}

const payload = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(bytes);

for (const [family, flow] of [
  ['IPv4', FLOW_4],
  ['IPv6', FLOW_6],
] as const) {
  test(`${family}: all packets of a flow have one hash, and each part of what names a flow changes it`, () => {
    const hash = hashOf(tcpPacket({ ...flow, sequence: 1, payload: payload(3) }));
    assert.equal(hashOf(tcpPacket({ ...flow, sequence: 9999, payload: payload(1000) })), hash);
    const others = [
      tcpPacket({ ...flow, sourcePort: 40001, payload: payload(3) }),
      tcpPacket({ ...flow, destinationPort: 80, payload: payload(3) }),
      tcpPacket({ ...flow, source: flow.destination, payload: payload(3) }),
      tcpPacket({ ...flow, destination: flow.source, payload: payload(3) }),
      udpPacket({ ...flow, payload: payload(3) }),
      echoPacket(flow),
    ].map((packet) => hashOf(packet));
    assert.equal(new Set([hash, ...others]).size, 7);
  });

  test(`${family}: many flows are spread evenly over a few connections`, () => {
    for (const connections of [2, 3, 4, 8]) {
      const counts = new Array<number>(connections).fill(0);
      for (let port = 1024; port < 5120; port += 1) {
        const hash = hashOf(udpPacket({ ...flow, sourcePort: port, payload: payload(1) }));
        counts[(hash >>> 0) % connections] += 1;
      }
      const fair = 4096 / connections;
      assert.ok(
        counts.every((count) => Math.abs(count - fair) < 0.15 * fair),
        counts.join(', '),
      );
    }
  });
}

test('fragments of one datagram have one hash, whether they have the ports in them or not', () => {
  const [first, last] = [0x2000, 0x00b9].map((fragment) => {
    const packet = udpPacket({ ...FLOW_4, payload: payload(fragment === 0x2000 ? 64 : 32) });
    new DataView(packet.buffer, packet.byteOffset).setUint16(6, fragment);
    if (fragment !== 0x2000) packet.fill(0xab, 20);
    return hashOf(packet);
  });
  assert.equal(first, last);
});

test('what is too short for its ports or its addresses has a hash all the same, never 0', () => {
  const packet = udpPacket({ ...FLOW_4, payload: payload(3) });
  for (let length = 0; length <= packet.length; length += 1) {
    assert.notEqual(hashOf(packet.slice(0, length), length), 0);
  }
});
