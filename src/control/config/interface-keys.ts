/** The keys of [Interface]: what `awg setconf` reads (protocol facts 4.1) and what awg-quick adds (7.1). */
import type { RouteTable } from '../../device/device-settings.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import type { ConfigPlace } from './config-error.ts';
import type { KeyMeaning } from './key-table.ts';
import { ignored, keyTable } from './key-table.ts';
import type { ListenerDraft } from './listener-keys.ts';
import { LISTENER_KEYS, newListenerDraft } from './listener-keys.ts';
import type { ObfuscationDraft } from './obfuscation-keys.ts';
import { newObfuscationDraft, OBFUSCATION_KEYS } from './obfuscation-keys.ts';
import { parseFlag, parseFwMark, parseInteger, parseKey, parseListenPort, parsePrefix, parseTable } from './values.ts';

export interface InterfaceDraft {
  privateKey: Uint8Array | undefined;
  listenPort: number;
  fwmark: number;
  /** BOUNDED by the lines of the file. */
  readonly addresses: Prefix[];
  mtu: number | undefined;
  mtuPlace: ConfigPlace | undefined;
  table: RouteTable;
  /** Where it was switched on; undefined while it is off. */
  masquerade: ConfigPlace | undefined;
  readonly obfuscation: ObfuscationDraft;
  readonly listeners: ListenerDraft;
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
    masquerade: undefined,
    obfuscation: newObfuscationDraft(),
    listeners: newListenerDraft(),
  };
}

/** What IPv4 asks of every link (RFC 791), and the longest IP packet. */
const SMALLEST_MTU = 68;
const LARGEST_MTU = 65535;

const HOOKS = ['PreUp', 'PostUp', 'PreDown', 'PostDown'];

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
  {
    name: 'Masquerade',
    read: (draft, place) => {
      draft.masquerade = parseFlag(place) ? place : undefined;
    },
  },
  ...OBFUSCATION_KEYS.map(obfuscationKey),
  ...LISTENER_KEYS.map(listenerKey),
  ...HOOKS.map((name) => ignored<InterfaceDraft>(name, ': hooks do not run yet')),
  ignored('DNS', ': the system keeps its name servers'),
  ignored('SaveConfig', ': the file is never written'),
);

function obfuscationKey(meaning: KeyMeaning<ObfuscationDraft>): KeyMeaning<InterfaceDraft> {
  return {
    name: meaning.name,
    mayBeEmpty: meaning.mayBeEmpty === true,
    read: (draft, place, warn) => meaning.read(draft.obfuscation, place, warn),
  };
}

function listenerKey(meaning: KeyMeaning<ListenerDraft>): KeyMeaning<InterfaceDraft> {
  return { name: meaning.name, read: (draft, place, warn) => meaning.read(draft.listeners, place, warn) };
}

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
