/** The state of an interface as lines of a file, in the order of `wg` and `awg` (protocol facts 4.4). */
import { INTERFACE_WORDS } from '../../control/codec/key-vocabulary.ts';
import { configLine } from '../../control/config/serialise.ts';
import type { InterfaceState, PeerState, Values } from '../../control/uapi/interface-state.ts';
import { AWG_DEFAULTS, isPlain, keyOf, numberOf } from '../../control/uapi/interface-state.ts';
import { fwmarkText, peerKey, switchText } from '../show/fields.ts';

/** @throws SerialiseError for what could not be read back */
export function configText(state: InterfaceState): string {
  return `[Interface]\n${interfaceText(state)}\n${state.peers.map(peerText).join('\n')}`;
}

function interfaceText(state: InterfaceState): string {
  const { values } = state;
  const port = numberOf(values, 'listen_port');
  return lines([
    ['ListenPort', port === 0 ? undefined : `${port}`],
    ['FwMark', fwmarkText(numberOf(values, 'fwmark'))],
    ['PrivateKey', keyOf(values, 'private_key')],
    ...(isPlain(state) ? [] : awgFields(values)),
  ]);
}

function peerText(peer: PeerState): string {
  const { values, allowedIps } = peer;
  const keepalive = values.get('persistent_keepalive_interval');
  return `[Peer]\n${lines([
    ['PublicKey', peerKey(peer)],
    ['PresharedKey', keyOf(values, 'preshared_key')],
    ['AllowedIPs', allowedIps.length === 0 ? undefined : allowedIps.join(', ')],
    ['Endpoint', values.get('endpoint')],
    ['PersistentKeepalive', keepalive === '0' ? undefined : keepalive],
  ])}`;
}

type Field = readonly [key: string, value: string | undefined];

/** All that the device names, also where that is as in WireGuard. */
function awgFields(values: Values): Field[] {
  return INTERFACE_WORDS.flatMap(({ name, shape, uapi = '' }): Field[] => {
    const value = values.get(uapi);
    if (!AWG_DEFAULTS.has(uapi) || value === undefined || value === '') return [];
    if (shape === 'key') return [[name, keyOf(values, uapi)]];
    return [[name, shape === 'switch' ? switchText(value) : value]];
  });
}

function lines(fields: readonly Field[]): string {
  return fields.map(([key, value]) => (value === undefined ? '' : configLine({ key, value }))).join('');
}
