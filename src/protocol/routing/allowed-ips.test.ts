import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { covers, formatPrefix, maskPrefix, parseAddress } from '../address-text.ts';
import type { Prefix } from '../engine-port.ts';
import { AllowedIps } from './allowed-ips.ts';

function prefix(text: string): Prefix {
  const [address, length] = text.split('/');
  const bytes = parseAddress(address);
  assert.ok(bytes, text);
  return { address: bytes, length: Number(length) };
}

function lookup(table: AllowedIps<number>, address: Uint8Array): number {
  const view = new DataView(address.buffer, address.byteOffset, address.length);
  if (address.length === 4) return table.lookup4(view.getUint32(0));
  return table.lookup6(view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12));
}

function owner(table: AllowedIps<number>, address: string): number {
  const bytes = parseAddress(address);
  assert.ok(bytes, address);
  return lookup(table, bytes);
}

function filled(entries: Readonly<Record<string, number>>): AllowedIps<number> {
  const table = new AllowedIps<number>();
  for (const [text, peer] of Object.entries(entries)) table.insert(prefix(text), peer);
  return table;
}

describe('AllowedIps', () => {
  it('answers with the longest matching IPv4 prefix', () => {
    const table = filled({
      '192.168.4.0/24': 1,
      '192.168.4.4/32': 2,
      '192.168.0.0/16': 3,
      '192.95.5.64/27': 4,
      '0.0.0.0/0': 5,
      '64.15.112.0/20': 6,
    });
    assert.equal(owner(table, '192.168.4.20'), 1);
    assert.equal(owner(table, '192.168.4.4'), 2);
    assert.equal(owner(table, '192.168.200.182'), 3);
    assert.equal(owner(table, '192.95.5.68'), 4);
    assert.equal(owner(table, '192.95.5.96'), 5);
    assert.equal(owner(table, '64.15.116.26'), 6);
    assert.equal(owner(table, '255.255.255.255'), 5);
  });

  it('takes the words of an address signed as well', () => {
    const table = filled({ '0.0.0.0/0': 1, '192.168.4.4/32': 2, '::/0': 3, 'ffff:ffff:8000::ffff:ffff/128': 4 });
    assert.equal(table.lookup4(0xc0a8_0404 | 0), 2);
    assert.equal(table.lookup4(0xc0a8_0405 | 0), 1);
    assert.equal(table.lookup6(-1, 0x8000_0000 | 0, 0, -1), 4);
    assert.equal(table.lookup6(-1, 0x8000_0000 | 0, 0, -2), 3);
  });

  it('answers with the longest matching IPv6 prefix', () => {
    const table = filled({
      '2607:5300:6006:b00::/64': 1,
      '2607:5300:6006:b00::c05f:543/128': 2,
      '2404:6800::/32': 3,
      '2404:6800:4004:800::/64': 4,
      '::/0': 5,
    });
    assert.equal(owner(table, '2607:5300:6006:b00::1'), 1);
    assert.equal(owner(table, '2607:5300:6006:b00::c05f:543'), 2);
    assert.equal(owner(table, '2404:6800:4004:806::1006'), 3);
    assert.equal(owner(table, '2404:6800:4004:800::1'), 4);
    assert.equal(owner(table, '::'), 5);
  });

  it('keeps the families apart and knows when nobody owns an address', () => {
    const table = filled({ '0.0.0.0/0': 1 });
    assert.equal(owner(table, '::1'), -1);
    assert.equal(owner(new AllowedIps<number>(), '10.0.0.1'), -1);
    assert.equal(owner(filled({ '10.0.0.0/8': 0 }), '10.0.0.1'), 0);
    assert.equal(owner(filled({ '10.0.0.0/8': 0 }), '11.0.0.1'), -1);
  });

  it('moves a prefix that another owner takes', () => {
    const table = filled({ '10.0.0.0/8': 1 });
    table.insert(prefix('10.0.0.0/8'), 2);
    assert.equal(owner(table, '10.1.2.3'), 2);
    assert.deepEqual(table.entriesOf(1), []);
    assert.equal(table.remove(prefix('10.0.0.0/8'), 1), false);
    assert.equal(table.remove(prefix('10.0.0.0/8'), 2), true);
    assert.equal(owner(table, '10.1.2.3'), -1);
  });

  it('ignores host bits', () => {
    const table = filled({ '10.1.2.3/8': 1 });
    assert.deepEqual(table.entriesOf(1).map(formatPrefix), ['10.0.0.0/8']);
    assert.equal(table.remove(prefix('10.9.9.9/8'), 1), true);
  });

  it('removes exactly the prefix named', () => {
    const table = filled({ '10.0.0.0/8': 1, '10.0.0.0/9': 1 });
    assert.equal(table.remove(prefix('10.0.0.0/10'), 1), false);
    assert.equal(table.remove(prefix('10.0.0.0/8'), 1), true);
    assert.equal(owner(table, '10.200.0.1'), -1);
    assert.equal(owner(table, '10.1.0.1'), 1);
  });

  it('lists the prefixes of an owner in the order they came, and forgets them together', () => {
    const table = filled({ '10.2.0.0/16': 1, 'fd00::/8': 1, '10.1.0.0/16': 1, '10.0.0.0/8': 2, '10.1.1.0/24': 1 });
    assert.deepEqual(table.entriesOf(1).map(formatPrefix), ['10.2.0.0/16', '10.1.0.0/16', '10.1.1.0/24', 'fd00::/8']);
    table.removeOwner(1);
    assert.deepEqual(table.entriesOf(1), []);
    assert.equal(owner(table, '10.1.1.1'), 2);
    assert.equal(owner(table, 'fd00::1'), -1);
  });
});

/** The same by looking at every entry. */
class LinearReference {
  #entries: { readonly prefix: Prefix; readonly owner: number }[] = [];

  insert(entry: Prefix, peer: number): void {
    this.#entries = this.#entries.filter((each) => !same(each.prefix, entry));
    this.#entries.push({ prefix: maskPrefix(entry), owner: peer });
  }

  remove(entry: Prefix, peer: number): boolean {
    const before = this.#entries.length;
    this.#entries = this.#entries.filter((each) => each.owner !== peer || !same(each.prefix, entry));
    return this.#entries.length < before;
  }

  removeOwner(peer: number): void {
    this.#entries = this.#entries.filter((each) => each.owner !== peer);
  }

  lookup(address: Uint8Array): number {
    const host = { address, length: 8 * address.length };
    const matches = this.#entries.filter((each) => covers(each.prefix, host));
    return matches.sort((a, b) => b.prefix.length - a.prefix.length)[0]?.owner ?? -1;
  }

  entriesOf(peer: number): string[] {
    return this.#entries.filter((each) => each.owner === peer).map((each) => formatPrefix(each.prefix));
  }
}

function same(a: Prefix, b: Prefix): boolean {
  return a.length === b.length && covers(a, b);
}

/** Addresses that differ in few bits, so that prefixes nest and share branches; and any at all. */
const addresses = fc.oneof(
  ...[4, 16].flatMap((size) => [
    fc
      .array(fc.constantFrom(0, 1, 2, 128, 255), { minLength: size, maxLength: size })
      .map((bytes) => Uint8Array.from(bytes)),
    fc.uint8Array({ minLength: size, maxLength: size }),
  ]),
);
const prefixes = addresses.chain((address) =>
  fc.integer({ min: 0, max: 8 * address.length }).map((length): Prefix => ({ address, length })),
);
const owners = fc.integer({ min: 0, max: 4 });
const steps = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('insert' as const), prefix: prefixes, owner: owners }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), nth: fc.nat(40), owner: owners }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('removeOwner' as const), owner: owners }) },
);

describe('AllowedIps against a linear search', () => {
  it('agrees after any sequence of changes', () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 60 }), fc.array(addresses, { maxLength: 10 }), (sequence, probes) => {
        const table = new AllowedIps<number>();
        const reference = new LinearReference();
        const inserted: Prefix[] = [];
        for (const step of sequence) {
          if (step.kind === 'insert') {
            table.insert(step.prefix, step.owner);
            reference.insert(step.prefix, step.owner);
            inserted.push(step.prefix);
          } else if (step.kind === 'removeOwner') {
            table.removeOwner(step.owner);
            reference.removeOwner(step.owner);
          } else if (inserted.length > 0) {
            const target = inserted[step.nth % inserted.length];
            assert.equal(table.remove(target, step.owner), reference.remove(target, step.owner));
          }
          for (const address of [...probes, ...inserted.map((each) => each.address)]) {
            assert.equal(lookup(table, address), reference.lookup(address));
          }
        }
        for (let peer = 0; peer <= 4; peer += 1) {
          assert.deepEqual(table.entriesOf(peer).map(formatPrefix).sort(), reference.entriesOf(peer).sort());
        }
      }),
      { numRuns: 150 },
    );
  });
});
