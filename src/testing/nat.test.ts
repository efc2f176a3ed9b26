import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Endpoint } from '../protocol/endpoint.ts';
import { address, endpoint, endpointKey } from './addresses.ts';
import type { NatMapping } from './nat.ts';
import { Nat } from './nat.ts';
import { VirtualClock } from './virtual-clock.ts';

const INSIDE = endpoint('192.168.0.2', 51820);
const SERVER = endpoint('192.0.2.1', 1000);
const SAME_ADDRESS = endpoint('192.0.2.1', 2000);
const STRANGER = endpoint('203.0.113.9', 1000);
const NOTHING = new Uint8Array(0);

function natOf(mapping: NatMapping) {
  const clock = new VirtualClock();
  const nat = new Nat(clock, { outside: address('198.51.100.1'), mapping, lifetime: 30_000 });
  const out = (to: Endpoint): Endpoint => nat.translateOut({ from: INSIDE, to, bytes: NOTHING }).from;
  const isLetIn = (from: Endpoint, to: Endpoint): boolean => {
    const datagram = nat.translateIn({ from, to, bytes: NOTHING });
    if (datagram !== undefined) assert.equal(endpointKey(datagram.to), endpointKey(INSIDE));
    return datagram !== undefined;
  };
  return { clock, nat, out, isLetIn };
}

describe('Nat', () => {
  const rules: readonly { mapping: NatMapping; ports: number; answers: readonly boolean[] }[] = [
    { mapping: 'endpoint-independent', ports: 1, answers: [true, true, true] },
    { mapping: 'address-dependent', ports: 2, answers: [true, true, false] },
    { mapping: 'address-and-port-dependent', ports: 3, answers: [true, false, false] },
  ];
  for (const { mapping, ports, answers } of rules) {
    it(`maps and filters ${mapping}`, () => {
      const { out, isLetIn } = natOf(mapping);
      const outside = out(SERVER);
      assert.equal(endpointKey(outside), endpointKey({ ...endpoint('198.51.100.1', 0), port: outside.port }));
      assert.deepEqual(
        [SERVER, SAME_ADDRESS, STRANGER].map((from) => isLetIn(from, outside)),
        answers,
      );
      assert.equal(new Set([SERVER, SAME_ADDRESS, STRANGER].map((to) => out(to).port)).size, ports);
      assert.equal(endpointKey(out(SERVER)), endpointKey(outside), 'a mapping in use stays');
    });
  }

  it('forgets a mapping that nobody inside uses, and takes another port then', () => {
    const { clock, out, isLetIn } = natOf('endpoint-independent');
    const outside = out(SERVER);
    clock.advance(29_999);
    assert.equal(isLetIn(SERVER, outside), true);
    out(SERVER);
    clock.advance(29_999);
    assert.equal(isLetIn(SERVER, outside), true, 'used again meanwhile');
    clock.advance(1);
    assert.equal(isLetIn(SERVER, outside), false);
    assert.notEqual(out(SERVER).port, outside.port);
    assert.equal(isLetIn(SERVER, outside), false, 'the old port is nobody’s');
  });

  it('has forgotten everything after a restart', () => {
    const { nat, out, isLetIn } = natOf('endpoint-independent');
    const outside = out(SERVER);
    nat.restart(address('198.51.100.2'));
    assert.equal(isLetIn(SERVER, outside), false);
    assert.deepEqual(out(SERVER).address, address('198.51.100.2'));
  });

  it('has room for so many mappings and no more', () => {
    const { out, isLetIn } = natOf('address-and-port-dependent');
    const outside = out(SERVER);
    for (let port = 1; port <= 1024; port += 1) out({ ...STRANGER, port });
    assert.equal(isLetIn(SERVER, outside), false);
  });
});
