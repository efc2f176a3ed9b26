/** Addresses, prefixes and endpoints as text: what is read is written in one way, and read back the same. */
import { covers, formatAddress, formatEndpoint, maskPrefix, parseAddress } from '../../../src/protocol/address-text.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise } from '../engine/target.ts';
import { same, textOf } from './support.ts';

export const target: FuzzTarget = {
  seeds: ['192.0.2.1', '2001:db8::1', '::', '::ffff:192.0.2.1', 'fe80::1:2:3:4:5', '1:2:3:4:5:6:7:8'],
  words: ['::', ':', '.', 'ffff', '255', '0'],
  longest: 64,
  probe: (input) => {
    const text = textOf(input);
    const address = parseAddress(text);
    if (address === undefined) return;
    promise(address.length === 4 || address.length === 16, `an address of ${address.length} bytes`);
    const canonical = formatAddress(address);
    promise(same(parseAddress(canonical), address), `${canonical} is not read back`);
    promise(formatAddress(parseAddress(canonical) as Uint8Array) === canonical, `${canonical} is no fixpoint`);
    promise(formatEndpoint({ address, port: 7, scopeId: 0 }).includes(canonical), 'the endpoint has another address');
    for (const length of [0, 1, 7, 8, 31, address.length * 8]) {
      const prefix = maskPrefix({ address, length });
      promise(covers(prefix, { address, length: address.length * 8 }), `/${length} does not cover its own address`);
    }
  },
};
