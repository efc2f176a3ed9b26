/** From the keys that a test gives to engines to the profile that our configuration reader makes of them. */
import { parseConfig } from '../../src/control/config/parse.ts';
import type { Profile } from '../../src/protocol/obfuscation/profile.ts';
import { generateKeyPair } from './keys.ts';
import type { ObfuscationKeys } from './tunnel-settings.ts';
import { fullConfig } from './tunnel-settings.ts';

export function profileOf(keys: ObfuscationKeys): Profile {
  const settings = { listenPort: 0, addresses: ['10.0.0.1/32'], mtu: 1280, obfuscation: keys, peers: [] };
  return parseConfig(fullConfig({ privateKey: generateKeyPair().privateKey, ...settings }), 'profile').profile;
}
