/** The keys of [Interface]: what `awg setconf` reads (protocol facts 4.1) and what awg-quick adds (7.1). */
import type { RouteTable } from '../../device/device-settings.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import type { ConfigPlace } from './config-error.ts';
import type { KeyMeaning } from './key-table.ts';
import { ignored, keyTable, unsupported } from './key-table.ts';
import type { ObfuscationDraft } from './obfuscation-keys.ts';
import { HEADER_KEYS, readHeader, readSignature, readSize, SIGNATURE_KEYS, SIZE_KEYS } from './obfuscation-keys.ts';
import { parseFwMark, parseInteger, parseKey, parseListenPort, parsePrefix, parseTable } from './values.ts';

export interface InterfaceDraft {
  privateKey: Uint8Array | undefined;
  listenPort: number;
  fwmark: number;
  /** BOUNDED by the lines of the file. */
  readonly addresses: Prefix[];
  mtu: number | undefined;
  mtuPlace: ConfigPlace | undefined;
  table: RouteTable;
  readonly obfuscation: ObfuscationDraft;
}

export function newInterfaceDraft(): InterfaceDraft {
  return {
    privateKey: undefined,
    listenPort: 0,
    fwmark: 0,
    addresses: [],
    mtu: undefined,
    mtuPlace: undefined,
    table: 'auto',
    obfuscation: { parameters: {}, places: new Map() },
  };
}

/** What IPv4 asks of every link (RFC 791), and the longest IP packet. */
const SMALLEST_MTU = 68;
const LARGEST_MTU = 65535;

/** Each has an effect on the wire that older ends do not know; the second column switches it off. */
const LATER_KEYS: ReadonlyArray<readonly [string, readonly string[]]> = [
  ['HeaderProtectionKey', []],
  ['ContentPaddingAddition', ['0', '0-0', '']],
  ['RekeyAfterTime', ['0', '0-0', '']],
  ['RekeyTimeout', ['0', '0-0', '']],
  ['RejectAfterTime', ['0', '0-0', '']],
  ['KeepaliveTimeout', ['0', '0-0', '']],
  ['MaxHandshakeAttempts', ['0', '0-0', '']],
  ['RandomTrailers', ['off', '0', '']],
  ['DisableCookies', ['off', '0', '']],
];

const HOOKS = ['PreUp', 'PostUp', 'PreDown', 'PostDown'];

/** Sent only by the initiator and dropped by every receiver, so a peer does not miss them. */
const OBSOLETE_KEYS = ['J1', 'J2', 'J3', 'Itime'];

export const INTERFACE_KEYS = keyTable<InterfaceDraft>(
  scalar('PrivateKey', 'privateKey', parseKey),
  scalar('ListenPort', 'listenPort', parseListenPort),
  scalar('FwMark', 'fwmark', parseFwMark),
  {
    name: 'MTU',
    read: (draft, place) => {
      draft.mtu = parseInteger(place, SMALLEST_MTU, LARGEST_MTU);
      draft.mtuPlace = place;
    },
  },
  scalar('Table', 'table', parseTable),
  { name: 'Address', read: readAddresses },
  ...SIZE_KEYS.map(
    (name): KeyMeaning<InterfaceDraft> => ({ name, read: (draft, place) => readSize(draft.obfuscation, name, place) }),
  ),
  ...HEADER_KEYS.map(
    (name): KeyMeaning<InterfaceDraft> => ({
      name,
      read: (draft, place) => readHeader(draft.obfuscation, name, place),
    }),
  ),
  ...SIGNATURE_KEYS.map(
    (name): KeyMeaning<InterfaceDraft> => ({
      name,
      mayBeEmpty: true,
      read: (draft, place) => readSignature(draft.obfuscation, name, place),
    }),
  ),
  ...LATER_KEYS.map(([name, harmless]) => unsupported<InterfaceDraft>(name, harmless)),
  ...HOOKS.map((name) => ignored<InterfaceDraft>(name, ': hooks do not run yet')),
  ...OBSOLETE_KEYS.map((name) =>
    ignored<InterfaceDraft>(name, ': only AmneziaWG 1.5 knew it, and the other end does not need it'),
  ),
  ignored('DNS', ': the system keeps its name servers'),
  ignored('SaveConfig', ': the file is never written'),
);

type Value<Name extends keyof InterfaceDraft> = NonNullable<InterfaceDraft[Name]>;

function scalar<Name extends 'privateKey' | 'listenPort' | 'fwmark' | 'table'>(
  name: string,
  field: Name,
  parse: (place: ConfigPlace) => Value<Name>,
): KeyMeaning<InterfaceDraft> {
  return {
    name,
    read: (draft, place) => {
      draft[field] = parse(place);
    },
  };
}

function readAddresses(draft: InterfaceDraft, place: ConfigPlace): void {
  for (const item of place.value.split(',')) draft.addresses.push(parsePrefix({ ...place, value: item.trim() }));
}
