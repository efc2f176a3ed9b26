/** What a device says of itself to those who may know its secrets. */
import { parametersOf } from '../../protocol/obfuscation/parameters-of.ts';
import type { DeviceParts } from '../device-parts.ts';
import type { DeviceConfiguration, PeerConfiguration } from './device-change.ts';

export function configurationOf(parts: DeviceParts): DeviceConfiguration {
  const { ports, state, tunnel } = parts;
  const { identity } = tunnel;
  return {
    name: ports.interfaceName,
    hasPrivateKey: identity !== undefined,
    privateKey: identity && Uint8Array.from(identity.rawPrivateKey),
    publicKey: identity && Uint8Array.from(identity.publicKey),
    listenPort: ports.listenPort,
    fwmark: state.fwmark,
    parameters: parametersOf(state.profile, state.timing),
    peers: peersOf(parts),
  };
}

function peersOf({ tunnel, carriers }: DeviceParts): PeerConfiguration[] {
  return tunnel.snapshot().peers.map(({ id, hasPresharedKey, ...peer }) => {
    const { presharedKey } = hasPresharedKey ? tunnel.configOf(id) : {};
    return { ...peer, presharedKey, carriers: carriers.candidatesOf(id) };
  });
}
