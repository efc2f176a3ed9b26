/** Cryptokey routing against a plain list: the longest prefix that covers an address has its owner. */
import { formatPrefix, maskPrefix } from '../../../src/protocol/address-text.ts';
import type { Prefix } from '../../../src/protocol/engine-port.ts';
import { AllowedIps } from '../../../src/protocol/routing/allowed-ips.ts';
import { ByteScript } from '../engine/byte-script.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise } from '../engine/target.ts';

const OWNERS = 4;

/** Few different bits, so that prefixes meet. */
function readPrefix(script: ByteScript): Prefix {
  const bytes = script.byte() % 2 === 0 ? 4 : 16;
  const address = new Uint8Array(bytes);
  const [first, middle, last] = script.take(3);
  address[0] = first ?? 0;
  address[bytes >> 1] = middle ?? 0;
  address[bytes - 1] = last ?? 0;
  return { address, length: script.byte() % (8 * bytes + 1) };
}

class PlainList {
  readonly #owners = new Map<string, { readonly prefix: Prefix; readonly owner: number }>();

  insert(prefix: Prefix, owner: number): void {
    const masked = maskPrefix(prefix);
    this.#owners.set(formatPrefix(masked), { prefix: masked, owner });
  }

  remove(prefix: Prefix, owner: number): boolean {
    const key = formatPrefix(maskPrefix(prefix));
    return this.#owners.get(key)?.owner === owner && this.#owners.delete(key);
  }

  removeOwner(owner: number): void {
    for (const [key, entry] of this.#owners) if (entry.owner === owner) this.#owners.delete(key);
  }

  lookup(address: Uint8Array): number {
    const covering = [...this.#owners.values()].filter(({ prefix }) => {
      const { length } = prefix;
      return formatPrefix(maskPrefix({ address, length })) === formatPrefix(prefix);
    });
    return covering.sort((a, b) => b.prefix.length - a.prefix.length)[0]?.owner ?? -1;
  }

  entriesOf(owner: number): string {
    const own = [...this.#owners.values()].filter((entry) => entry.owner === owner);
    return own
      .map(({ prefix }) => formatPrefix(prefix))
      .sort()
      .join();
  }
}

function lookup(table: AllowedIps<number>, address: Uint8Array): number {
  const view = new DataView(address.buffer, address.byteOffset);
  if (address.length === 4) return table.lookup4(view.getUint32(0));
  return table.lookup6(view.getUint32(0), view.getInt32(4), view.getUint32(8), view.getInt32(12));
}

export const target: FuzzTarget = {
  seeds: [Uint8Array.of(0, 0, 10, 0, 1, 8, 1, 3, 0, 10, 0, 1, 3, 1, 1, 32, 0, 0, 128, 2), Buffer.alloc(80, 5)],
  longest: 384,
  probe: (input, note) => {
    const script = new ByteScript(input);
    const table = new AllowedIps<number>();
    const list = new PlainList();
    while (!script.isOver) {
      const step = script.below(8);
      const owner = script.below(OWNERS);
      const prefix = readPrefix(script);
      if (step < 4) {
        table.insert(prefix, owner);
        list.insert(prefix, owner);
      } else if (step < 6) promise(table.remove(prefix, owner) === list.remove(prefix, owner), 'remove differs');
      else if (step === 6) {
        table.removeOwner(owner);
        list.removeOwner(owner);
      }
      const found = lookup(table, prefix.address);
      promise(found === list.lookup(prefix.address), `${formatPrefix(prefix)} belongs to ${found}`);
      note(step * 8 + found + 1);
    }
    for (let owner = 0; owner < OWNERS; owner++) {
      const entries = table.entriesOf(owner).map(formatPrefix).sort().join();
      promise(entries === list.entriesOf(owner), `owner ${owner} has ${entries}`);
    }
  },
};
