/**
 * The keys of [Peer] that say by what its datagrams travel. Single values are read here one by one;
 * `finishCarriers` then makes the list of ways to the peer, most preferred first.
 */
import { parseAddress } from '../../protocol/address-text.ts';
import type { CarrierName, StreamKind } from '../../transport/carrier-name.ts';
import { CARRIER_NAMES } from '../../transport/carrier-name.ts';
import { MAX_CONNECTIONS } from '../../transport/stream/stream-target.ts';
import type { ConfigPlace } from './config-error.ts';
import { ConfigError, warningAt } from './config-error.ts';
import type { KeyMeaning, Warn } from './key-table.ts';
import {
  parseFileName,
  parsePins,
  parseProtocolNames,
  parseServerName,
  parseTransport,
  parseWebSocketUrl,
  usesTls,
} from './stream-values.ts';
import type { CarrierEntry, EndpointName, FileName, StreamEntry, TlsEntry, WebSocketName } from './tunnel-config.ts';
import { parseEndpoint, parseInteger } from './values.ts';

interface CarrierValues {
  transport: 'auto' | readonly CarrierName[];
  tcp: EndpointName;
  tls: EndpointName;
  websocket: WebSocketName;
  serverName: string;
  alpn: readonly string[];
  ca: FileName;
  connections: number;
}

export interface CarrierDraft {
  readonly values: Partial<CarrierValues>;
  /** Accumulate, so that a key can be replaced by another without a gap. BOUNDED by the lines of the file. */
  readonly pins: Uint8Array[];
  /** Where each key was last set. BOUNDED by the number of names. */
  readonly places: Map<string, ConfigPlace>;
}

export function newCarrierDraft(): CarrierDraft {
  return { values: {}, pins: [], places: new Map() };
}

export const CARRIER_KEYS: ReadonlyArray<KeyMeaning<CarrierDraft>> = [
  scalar('Transport', 'transport', parseTransport),
  scalar('EndpointTCP', 'tcp', (place) => parseEndpoint(place)),
  scalar('EndpointTLS', 'tls', (place) => parseEndpoint(place)),
  scalar('EndpointWebSocket', 'websocket', parseWebSocketUrl),
  scalar('TLSServerName', 'serverName', parseServerName),
  scalar('TLSALPN', 'alpn', parseProtocolNames),
  located('TLSPin', (draft, place) => draft.pins.push(...parsePins(place))),
  scalar('TLSCA', 'ca', parseFileName),
  scalar('Connections', 'connections', (place) => parseInteger(place, 1, MAX_CONNECTIONS)),
];

function scalar<Name extends keyof CarrierValues>(
  name: string,
  field: Name,
  parse: (place: ConfigPlace) => CarrierValues[Name],
): KeyMeaning<CarrierDraft> {
  return located(name, (draft, place) => {
    draft.values[field] = parse(place);
  });
}

function located(name: string, read: (draft: CarrierDraft, place: ConfigPlace) => void): KeyMeaning<CarrierDraft> {
  return {
    name,
    read: (draft, place) => {
      read(draft, place);
      draft.places.set(name, place);
    },
  };
}

/**
 * The ways to a peer, in order of preference; none where UDP is all there is.
 *
 * @param udp what `Endpoint` says
 * @throws ConfigError 'missing-key' for a carrier that is named but has no endpoint
 */
export function finishCarriers(draft: CarrierDraft, udp: EndpointName | undefined, warn: Warn): CarrierEntry[] {
  const { transport = ['udp'] } = draft.values;
  // `auto` prefers them in the order of the names: the fastest first, the least conspicuous last.
  const names =
    transport === 'auto' ? CARRIER_NAMES.filter((name) => endpointOf(name, draft, udp) !== undefined) : transport;
  warnOfUnused(draft, names, warn);
  if (names.every((name) => name === 'udp')) {
    if (transport === 'auto') warn(warningAt(placeOf(draft, 'Transport'), NOTHING_TO_CHOOSE));
    return [];
  }
  return names.map((name) => carrierOf(name, draft, udp));
}

const NOTHING_TO_CHOOSE = 'has nothing to choose from; add EndpointTCP, EndpointTLS or EndpointWebSocket';

/** What is written for just this carrier. */
function endpointOf(
  name: CarrierName,
  { values }: CarrierDraft,
  udp: EndpointName | undefined,
): EndpointName | undefined {
  if (name === 'udp') return udp;
  return name === 'websocket' ? values.websocket?.endpoint : values[name];
}

const ENDPOINT_KEYS: Readonly<Record<CarrierName, string>> = {
  udp: 'Endpoint',
  tcp: 'EndpointTCP',
  tls: 'EndpointTLS',
  websocket: 'EndpointWebSocket',
};

function carrierOf(name: CarrierName, draft: CarrierDraft, udp: EndpointName | undefined): CarrierEntry {
  // A server that takes TCP at all most often does so on the number of its UDP port.
  const endpoint = endpointOf(name, draft, udp) ?? (name === 'tcp' ? udp : undefined);
  if (endpoint === undefined) {
    const place = placeOf(draft, 'Transport');
    throw new ConfigError('missing-key', place, `${name} needs ${ENDPOINT_KEYS[name]}, which is missing`);
  }
  return name === 'udp' ? { name, endpoint } : { name, endpoint, stream: streamOf(name, draft, endpoint) };
}

function streamOf(kind: StreamKind, draft: CarrierDraft, endpoint: EndpointName): StreamEntry {
  const { connections = 1, websocket } = draft.values;
  const secure = websocket?.secure === true;
  return {
    connections,
    ...(usesTls(kind, secure) ? { tls: tlsOf(draft, endpoint) } : {}),
    ...(kind === 'websocket' && websocket !== undefined
      ? { websocket: { secure, host: websocket.host, path: websocket.path } }
      : {}),
  };
}

function tlsOf({ values, pins }: CarrierDraft, endpoint: EndpointName): TlsEntry {
  const { serverName = isAddress(endpoint.host) ? undefined : endpoint.host, alpn = [], ca } = values;
  return { serverName, alpn, pins, ca };
}

function isAddress(host: string): boolean {
  return parseAddress(host.replace(/%.*/, '')) !== undefined;
}

/** A key that decides nothing is more often a mistake than a reserve. */
function warnOfUnused(draft: CarrierDraft, names: readonly CarrierName[], warn: Warn): void {
  const isTlsUsed = names.some((name) => name !== 'udp' && usesTls(name, draft.values.websocket?.secure === true));
  const isUnused: Readonly<Record<string, boolean | undefined>> = {
    EndpointTCP: !names.includes('tcp'),
    EndpointTLS: !names.includes('tls'),
    EndpointWebSocket: !names.includes('websocket'),
    TLSServerName: !isTlsUsed,
    TLSALPN: !isTlsUsed,
    TLSPin: !isTlsUsed,
    TLSCA: !isTlsUsed,
    Connections: names.every((name) => name === 'udp'),
  };
  const reason = draft.values.transport === undefined ? 'without Transport it is udp' : 'Transport does not need it';
  for (const [key, place] of draft.places)
    if (isUnused[key] === true) warn(warningAt(place, `has no effect: ${reason}`));
}

/** Only for keys that are in the file. */
function placeOf(draft: CarrierDraft, key: string): ConfigPlace {
  return draft.places.get(key) ?? { file: '', line: 0, key, value: '' };
}
