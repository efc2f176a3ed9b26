import assert from 'node:assert/strict';
import { test } from 'node:test';
import { datagramsOf } from './captured-datagram.ts';

/** An IP packet with a UDP header, ports 1000 to 2000. */
function udpPacket(version: 4 | 6, payload: Uint8Array, padding = 0): Uint8Array {
  const header = version === 4 ? 20 : 40;
  const packet = new Uint8Array(header + 8 + payload.length + padding);
  const view = new DataView(packet.buffer);
  packet[0] = version === 4 ? 0x45 : 0x60;
  packet[version === 4 ? 9 : 6] = 17;
  if (version === 4) view.setUint16(2, 28 + payload.length);
  else view.setUint16(4, 8 + payload.length);
  packet[version === 4 ? 15 : 23] = 1;
  packet[version === 4 ? 19 : 39] = 2;
  view.setUint16(header, 1000);
  view.setUint16(header + 2, 2000);
  packet.set(payload, header + 8);
  return packet;
}

for (const version of [4, 6] as const) {
  test(`IPv${version}: ports, addresses and payload, without the padding of the link`, () => {
    const packet = udpPacket(version, Uint8Array.of(1, 2, 3), 5);
    const [datagram, ...rest] = datagramsOf({ packet, segment: 0, outgoing: true });
    assert.equal(rest.length, 0);
    assert.deepEqual([datagram?.from.port, datagram?.to.port], [1000, 2000]);
    assert.deepEqual([datagram?.from.address.at(-1), datagram?.to.address.at(-1)], [1, 2]);
    assert.deepEqual([...(datagram?.payload ?? [])], [1, 2, 3]);
    assert.equal(datagram?.outgoing, true);
  });
}

test('a train is cut as the kernel will cut it', () => {
  const packet = udpPacket(
    4,
    new Uint8Array(2500).map((_, index) => index),
  );
  const sizes = datagramsOf({ packet, segment: 1000, outgoing: false }).map(({ payload }) => payload.length);
  assert.deepEqual(sizes, [1000, 1000, 500]);
});

test('anything else has no datagrams', () => {
  const packet = udpPacket(4, new Uint8Array(10));
  const tcp = packet.slice();
  tcp[9] = 6;
  const fragment = packet.slice();
  fragment[7] = 1;
  for (const other of [tcp, fragment, packet.subarray(0, 25), packet.subarray(0, 3), new Uint8Array()]) {
    assert.deepEqual(datagramsOf({ packet: other, segment: 0, outgoing: false }), []);
  }
});
