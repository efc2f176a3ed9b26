/** The keys of [Interface]: what `awg setconf` reads (protocol facts 4.1) and what awg-quick adds (7.1). */
import type { RouteTable } from '../../device/device-settings.ts';
import { parseAddress } from '../../protocol/address-text.ts';
import type { Prefix } from '../../protocol/engine-port.ts';
import type { ConfigPlace } from './config-error.ts';
import { ConfigError } from './config-error.ts';
import type { KeyMeaning } from './key-table.ts';
import { keyTable } from './key-table.ts';
import type { ListenerDraft } from './listener-keys.ts';
import { LISTENER_KEYS, newListenerDraft } from './listener-keys.ts';
import type { ObfuscationDraft } from './obfuscation-keys.ts';
import { newObfuscationDraft, OBFUSCATION_KEYS } from './obfuscation-keys.ts';
import type { Hook, HookPhase, TableName } from './tunnel-config.ts';
import {
  isHost,
  parseFlag,
  parseFwMark,
  parseInteger,
  parseKey,
  parseListenPort,
  parsePrefix,
  parseTable,
  words,
} from './values.ts';

export interface InterfaceDraft {
  privateKey: Uint8Array | undefined;
  listenPort: number;
  fwmark: number;
  /** BOUNDED by the lines of the file. */
  readonly addresses: Prefix[];
  mtu: number | undefined;
  mtuPlace: ConfigPlace | undefined;
  table: RouteTable | TableName;
  /** BOUNDED by the lines of the file, as are the hooks. */
  readonly servers: string[];
  readonly search: string[];
  readonly hooks: Record<HookPhase, Hook[]>;
  saveConfig: boolean;
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
    servers: [],
    search: [],
    hooks: { PreUp: [], PostUp: [], PreDown: [], PostDown: [] },
    saveConfig: false,
    masquerade: undefined,
    obfuscation: newObfuscationDraft(),
    listeners: newListenerDraft(),
  };
}

/** What IPv4 asks of every link (RFC 791), and the longest IP packet. */
const SMALLEST_MTU = 68;
const LARGEST_MTU = 65535;

const HOOKS: readonly HookPhase[] = ['PreUp', 'PostUp', 'PreDown', 'PostDown'];

export const INTERFACE_KEYS = keyTable<InterfaceDraft>(
  scalar('PrivateKey', 'privateKey', parseKey),
  scalar('ListenPort', 'listenPort', parseListenPort),
  scalar('FwMark', 'fwmark', parseFwMark),
  // These are read by wg-quick, which takes nothing for none.
  { name: 'MTU', mayBeEmpty: true, read: readMtu },
  {
    name: 'Table',
    mayBeEmpty: true,
    read: (draft, place) => {
      draft.table = place.value === '' ? 'auto' : parseTable(place);
    },
  },
  { name: 'Address', mayBeEmpty: true, read: readAddresses },
  { name: 'DNS', mayBeEmpty: true, read: readNameServers },
  {
    name: 'Masquerade',
    read: (draft, place) => {
      draft.masquerade = parseFlag(place) ? place : undefined;
    },
  },
  ...OBFUSCATION_KEYS.map(obfuscationKey),
  ...LISTENER_KEYS.map(listenerKey),
  ...HOOKS.map(hookKey),
  {
    name: 'SaveConfig',
    read: (draft, place) => {
      draft.saveConfig = parseFlag(place);
    },
  },
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

function scalar<Name extends 'privateKey' | 'listenPort' | 'fwmark'>(
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

function readMtu(draft: InterfaceDraft, place: ConfigPlace): void {
  draft.mtu = place.value === '' ? undefined : parseInteger(place, SMALLEST_MTU, LARGEST_MTU);
  draft.mtuPlace = place;
}

function readAddresses(draft: InterfaceDraft, place: ConfigPlace): void {
  for (const item of words(place.value)) draft.addresses.push(parsePrefix({ ...place, value: item }));
}

/** Addresses are name servers; everything else is a domain to search. */
function readNameServers(draft: InterfaceDraft, place: ConfigPlace): void {
  for (const item of words(place.value)) {
    if (isServerAddress(item)) draft.servers.push(item);
    else if (isSearchDomain(item)) draft.search.push(item);
    else throw new ConfigError('bad-value', { ...place, value: item }, 'is neither an IP address nor a domain');
  }
}

function isServerAddress(text: string): boolean {
  return parseAddress(text.replace(/%[A-Za-z0-9_.-]{1,15}$/, '')) !== undefined;
}

/** `~example.com` and `~.` are for systemd-resolved: they direct questions, and are not appended to names. */
function isSearchDomain(text: string): boolean {
  return text === '~.' || isHost(text.replace(/^~/, ''));
}

/** Spaces inside of commands are theirs. Nothing to run is nothing to keep. */
function hookKey(name: HookPhase): KeyMeaning<InterfaceDraft> {
  return {
    name,
    mayBeEmpty: true,
    read: (draft, { value, line }) => {
      if (value !== '') draft.hooks[name].push({ command: value, line });
    },
  };
}
