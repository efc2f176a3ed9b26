/** The keys of [Peer] (protocol facts 4.1). */
import { formatPrefix, maskPrefix } from '../../protocol/address-text.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import type { Range } from '../../protocol/range.ts';
import { exactly } from '../../protocol/range.ts';
import type { CarrierDraft } from './carrier-keys.ts';
import { CARRIER_KEYS, newCarrierDraft } from './carrier-keys.ts';
import type { ConfigPlace } from './config-error.ts';
import { warningAt } from './config-error.ts';
import type { KeyMeaning, Warn } from './key-table.ts';
import { ignored, keyTable } from './key-table.ts';
import type { EndpointName } from './tunnel-config.ts';
import { hasHostBits, parseEndpoint, parseKeepalive, parseKey, parsePrefix } from './values.ts';

export interface PeerDraft {
  /** Where the section begins, for what is missing from it. */
  readonly line: number;
  publicKey: Uint8Array | undefined;
  publicKeyLine: number;
  presharedKey: Uint8Array | undefined;
  endpoint: EndpointName | undefined;
  persistentKeepalive: Range;
  /** By text, with the place that named it last. BOUNDED by the size of the file. */
  readonly allowedIps: Map<string, { readonly prefix: Prefix; readonly place: ConfigPlace }>;
  readonly carriers: CarrierDraft;
}

export function newPeerDraft(line: number): PeerDraft {
  return {
    line,
    publicKey: undefined,
    publicKeyLine: 0,
    presharedKey: undefined,
    endpoint: undefined,
    persistentKeepalive: exactly(0),
    allowedIps: new Map(),
    carriers: newCarrierDraft(),
  };
}

export const PEER_KEYS = keyTable<PeerDraft>(
  {
    name: 'PublicKey',
    read: (draft, place) => {
      draft.publicKey = parseKey(place);
      draft.publicKeyLine = place.line;
    },
  },
  {
    name: 'PresharedKey',
    read: (draft, place) => {
      const key = parseKey(place);
      // All zero means none (protocol facts 5.2).
      draft.presharedKey = key.every((byte) => byte === 0) ? undefined : key;
    },
  },
  {
    name: 'Endpoint',
    read: (draft, place) => {
      draft.endpoint = parseEndpoint(place);
    },
  },
  {
    name: 'PersistentKeepalive',
    read: (draft, place) => {
      draft.persistentKeepalive = parseKeepalive(place);
    },
  },
  { name: 'AllowedIPs', mayBeEmpty: true, read: readAllowedIps },
  ...CARRIER_KEYS.map(carrierKey),
  ignored('AdvancedSecurity', ': obfuscation is configured in [Interface]'),
);

function carrierKey(meaning: KeyMeaning<CarrierDraft>): KeyMeaning<PeerDraft> {
  return { name: meaning.name, read: (draft, place, warn) => meaning.read(draft.carriers, place, warn) };
}

/** A list that accumulates over repeated keys. As for wg, nothing at all is an empty list. */
function readAllowedIps(draft: PeerDraft, place: ConfigPlace, warn: Warn): void {
  if (place.value === '') return;
  for (const item of place.value.split(',')) {
    const itemPlace = { ...place, value: item.trim() };
    const written = parsePrefix(itemPlace);
    const prefix = maskPrefix(written);
    const text = formatPrefix(prefix);
    if (hasHostBits(written)) warn(warningAt(itemPlace, `has bits beyond the prefix length; ${text} is used`));
    draft.allowedIps.set(text, { prefix, place: itemPlace });
  }
}
