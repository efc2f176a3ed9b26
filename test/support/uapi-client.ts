/**
 * A client of the configuration protocol that userspace WireGuard daemons speak on a Unix socket
 * (wireguard.com/xplatform): lines of `key=value`, an empty line ends an operation, the answer ends
 * with `errno=` and an empty line. Needed for daemons whose keys the installed `wg` does not know.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { keyFromHex, keyToHex } from './keys.ts';
import type { PeerStatus, TunnelSettings } from './tunnel-settings.ts';

const ANSWER_TIMEOUT_MS = 10_000;

export type UapiLine = readonly [key: string, value: string];

/** Sends bytes and returns the answer to the first operation in them, with errno. */
export async function uapiConverse(socketPath: string, request: string): Promise<string> {
  const socket = connect(socketPath);
  socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(new Error(`no answer from ${socketPath}`)));
  await once(socket, 'connect');
  socket.write(request);
  let answer = '';
  for await (const chunk of socket) {
    answer += String(chunk);
    if (answer.endsWith('\n\n')) break;
  }
  socket.destroy();
  return answer;
}

/** Sends one operation and returns the lines of the answer without errno. Throws when errno is not 0. */
async function exchange(socketPath: string, request: string): Promise<UapiLine[]> {
  const answer = await uapiConverse(socketPath, request);
  const lines = answer.trimEnd().split('\n').map(parseLine);
  const errno = lines.at(-1);
  if (errno?.[0] !== 'errno' || errno[1] !== '0')
    throw new Error(`${socketPath} refused: ${answer.trim()}\n${request}`);
  return lines.slice(0, -1);
}

function parseLine(line: string): UapiLine {
  const equals = line.indexOf('=');
  return [line.slice(0, equals), line.slice(equals + 1)];
}

export async function uapiSet(socketPath: string, lines: readonly UapiLine[]): Promise<void> {
  const body = lines.map(([key, value]) => `${key}=${value}\n`).join('');
  await exchange(socketPath, `set=1\n${body}\n`);
}

export function uapiGet(socketPath: string): Promise<UapiLine[]> {
  return exchange(socketPath, 'get=1\n\n');
}

/** The operation that makes a fresh daemon what `settings` say. */
export function configurationLines(settings: TunnelSettings): UapiLine[] {
  const lines: UapiLine[] = [
    ['private_key', keyToHex(settings.privateKey)],
    ['listen_port', String(settings.listenPort)],
    ['replace_peers', 'true'],
  ];
  for (const [key, value] of Object.entries(settings.obfuscation ?? {}))
    lines.push(obfuscationLine(key, String(value)));
  for (const peer of settings.peers) {
    lines.push(['public_key', keyToHex(peer.publicKey)]);
    if (peer.presharedKey !== undefined) lines.push(['preshared_key', keyToHex(peer.presharedKey)]);
    if (peer.endpoint !== undefined) lines.push(['endpoint', peer.endpoint]);
    if (peer.persistentKeepalive !== undefined) {
      lines.push(['persistent_keepalive_interval', String(peer.persistentKeepalive)]);
    }
    lines.push(['replace_allowed_ips', 'true']);
    for (const prefix of peer.allowedIps) lines.push(['allowed_ip', prefix]);
  }
  return lines;
}

/** `HeaderProtectionKey` of a configuration file is `header_protection_key` here; keys are in hex, switches true or false. */
function obfuscationLine(key: string, value: string): UapiLine {
  const name = key.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();
  if (name === 'header_protection_key') return [name, keyToHex(value)];
  return [name, SWITCH_VALUES[value] ?? value];
}

const SWITCH_VALUES: Readonly<Record<string, string>> = { on: 'true', off: 'false' };

/** Reads the peers out of the answer to `get`. */
export function peerStatuses(lines: readonly UapiLine[]): PeerStatus[] {
  const peers: Map<string, string>[] = [];
  for (const [key, value] of lines) {
    if (key === 'public_key') peers.push(new Map());
    peers.at(-1)?.set(key, value);
  }
  return peers.map((peer) => ({
    publicKey: keyFromHex(peer.get('public_key') ?? ''),
    endpoint: peer.get('endpoint'),
    latestHandshake: Number(peer.get('last_handshake_time_sec') ?? 0),
    receivedBytes: Number(peer.get('rx_bytes') ?? 0),
    sentBytes: Number(peer.get('tx_bytes') ?? 0),
  }));
}
