/** The file of a new server, without clients yet. */
import { formatPrefix } from '../../protocol/address-text.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import type { AwgParameters } from '../../protocol/obfuscation/awg-parameters.ts';
import type { ModelEntry } from '../codec/config-model.ts';
import { writeConfig } from '../codec/write-config.ts';
import type { ConfigEntry } from '../config/serialise.ts';
import { awgEntries } from '../config/serialise.ts';

export interface ServerWishes {
  /** 32 bytes. */
  readonly privateKey: Uint8Array;
  readonly listenPort: number;
  /** The server's own, each with its network. */
  readonly addresses: readonly Prefix[];
  /** See `serverParameters`. */
  readonly parameters: AwgParameters;
  /** Whether clients reach the rest of the world through this machine. */
  readonly masquerade: boolean;
}

export function serverText(wishes: ServerWishes): string {
  const entries: ConfigEntry[] = [
    { key: 'PrivateKey', value: Buffer.from(wishes.privateKey).toString('base64') },
    { key: 'ListenPort', value: `${wishes.listenPort}` },
    { key: 'Address', value: wishes.addresses.map(formatPrefix).join(', ') },
    ...(wishes.masquerade ? [{ key: 'Masquerade', value: 'true' }] : []),
    ...awgEntries(wishes.parameters),
  ];
  return writeConfig({ interface: { line: 0, entries: entries.map(modelEntry), comments: [] }, peers: [] });
}

/** @returns the entry as part of a model that comes from no file */
export function modelEntry({ key, value }: ConfigEntry): ModelEntry {
  return { key, value, line: 0 };
}
