/**
 * The keys of [Interface] that say where we accept streams. Each Listen key may be repeated, or hold a
 * list, for more addresses; one certificate serves all listeners that speak TLS.
 */
import type { ConfigPlace } from './config-error.ts';
import { ConfigError, warningAt } from './config-error.ts';
import type { KeyMeaning, Warn } from './key-table.ts';
import type { ListenAddress } from './stream-values.ts';
import { parseFileName, parseListenAddress, parseWebSocketListen, usesTls } from './stream-values.ts';
import type { FileName, StreamListenEntry } from './tunnel-config.ts';

type Listener = Omit<StreamListenEntry, 'tls'> & { readonly place: ConfigPlace };

interface TlsFile {
  readonly name: FileName;
  readonly place: ConfigPlace;
}

export interface ListenerDraft {
  /** BOUNDED by the size of the file. */
  readonly listeners: Listener[];
  certificate: TlsFile | undefined;
  key: TlsFile | undefined;
}

export function newListenerDraft(): ListenerDraft {
  return { listeners: [], certificate: undefined, key: undefined };
}

export const LISTENER_KEYS: ReadonlyArray<KeyMeaning<ListenerDraft>> = [
  listen('ListenTCP', (place) => ({ kind: 'tcp', ...parseListenAddress(place) })),
  listen('ListenTLS', (place) => ({ kind: 'tls', ...parseListenAddress(place) })),
  listen('ListenWebSocket', (place) => {
    const { address, port, path, secure } = parseWebSocketListen(place);
    return { kind: 'websocket', address, port, websocket: { path, secure } };
  }),
  tlsFile('TLSCertificate', 'certificate'),
  tlsFile('TLSKey', 'key'),
];

function listen(
  name: string,
  parse: (place: ConfigPlace) => ListenAddress & Omit<StreamListenEntry, 'tls'>,
): KeyMeaning<ListenerDraft> {
  return {
    name,
    read: ({ listeners }, place) => {
      for (const item of place.value.split(',')) {
        const itemPlace = { ...place, value: item.trim() };
        listeners.push({ ...parse(itemPlace), place: itemPlace });
      }
    },
  };
}

function tlsFile(name: string, field: 'certificate' | 'key'): KeyMeaning<ListenerDraft> {
  return {
    name,
    read: (draft, place) => {
      draft[field] = { name: parseFileName(place), place };
    },
  };
}

/** @throws ConfigError 'missing-key' where a listener speaks TLS and has no certificate or key */
export function finishListeners(draft: ListenerDraft, warn: Warn): StreamListenEntry[] {
  const { certificate, key } = draft;
  const isTlsUsed = draft.listeners.some(speaksTls);
  for (const file of [certificate, key])
    if (file !== undefined && !isTlsUsed)
      warn(warningAt(file.place, 'has no effect: there is neither ListenTLS nor a wss:// ListenWebSocket'));
  return draft.listeners.map((listener) => finishListener(listener, draft));
}

function speaksTls({ kind, websocket }: Listener): boolean {
  return usesTls(kind, websocket?.secure === true);
}

function finishListener(listener: Listener, { certificate, key }: ListenerDraft): StreamListenEntry {
  const { place, ...entry } = listener;
  if (!speaksTls(listener)) return entry;
  if (certificate === undefined || key === undefined) {
    const missing = certificate === undefined ? 'TLSCertificate' : 'TLSKey';
    throw new ConfigError('missing-key', place, `needs ${missing}, which is missing from [Interface]`);
  }
  return { ...entry, tls: { certificate: certificate.name, key: key.name } };
}
