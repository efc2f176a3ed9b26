/** The record of a tunnel that crashed: what is undone from it later runs as root, so nothing odd may pass. */
import { parseState } from '../../../src/control/state/tunnel-state.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise } from '../engine/target.ts';
import { textOf } from './support.ts';

const STATE = {
  version: 1,
  name: 'awg0',
  process: { pid: 7, startTime: '1' },
  networkNamespace: 'net:[1]',
  configFile: '/etc/x.conf',
};
const EFFECTS = [
  { kind: 'rule', rule: { family: 4, priority: 5, table: 7, fwmark: 1, invert: true } },
  { kind: 'nft-table', table: 'awg-vpn-awg0' },
  { kind: 'setting', path: '/proc/sys/net/ipv4/ip_forward', previous: '0' },
];

export const target: FuzzTarget = {
  seeds: [JSON.stringify({ ...STATE, effects: EFFECTS }), JSON.stringify({ ...STATE, effects: [] })],
  words: ['"/proc/sys/net/', '../', '"effects":[', 'null', 'true', '1e9', '__proto__'],
  longest: 1024,
  probe: (input) => {
    const state = parseState(textOf(input));
    if (state === undefined) return;
    promise(JSON.stringify(parseState(JSON.stringify(state))) === JSON.stringify(state), 'the state is no fixpoint');
    for (const effect of state.effects) {
      if (effect.kind !== 'setting') continue;
      promise(effect.path.startsWith('/proc/sys/net/') && !effect.path.includes('..'), `writes to ${effect.path}`);
    }
  },
};
