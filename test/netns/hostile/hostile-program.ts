/**
 * Does to a listener what nobody should. `<order in JSON>`; says in one line of JSON how it went.
 *
 *     silent     connections that say nothing, from many addresses, held until the listener ends them
 *     wrong      connections that say what is no frame: the listener has to end each
 *     half       connections that begin a frame and leave it at that, held for a while
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface HostileOrder {
  readonly kind: 'silent' | 'wrong' | 'half';
  readonly address: string;
  readonly ports: readonly number[];
  /** Addresses of this host to come from. */
  readonly sources: readonly string[];
  readonly connections: number;
  readonly holdMs: number;
}

export interface HostileReport {
  readonly connected: number;
  /** By the other side, while we waited. */
  readonly ended: number;
}

/** At one time in the making. */
const AT_ONCE = 200;

const WEBSOCKET = [
  'GET /assets/socket HTTP/1.1',
  'Host: x',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n');

/** A length of zero; a frame of nothing after a good one; a text, a message that is too long and noise in a WebSocket. */
const WRONG: readonly Buffer[] = [
  Buffer.of(0, 0),
  Buffer.of(0, 1, 7, 0, 0),
  Buffer.concat([Buffer.from(WEBSOCKET), Buffer.from('818537fa213d7f9f4d5158', 'hex')]),
  Buffer.concat([Buffer.from(WEBSOCKET), Buffer.from('82ff000000000001000037fa213d', 'hex')]),
  Buffer.concat([Buffer.from(WEBSOCKET), Buffer.alloc(500, 0xa5)]),
  Buffer.from('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
];

/** What each port is told, in its turn; a port for frames does not know the WebSocket's and the other way round. */
const HALF: readonly Buffer[] = [Buffer.of(5), Buffer.of(5, 0xdc, 1, 2, 3), Buffer.from(WEBSOCKET.slice(0, 40))];

const order = JSON.parse(process.argv[2] ?? '') as HostileOrder;
const sockets: Socket[] = [];
let ended = 0;

async function open(number: number): Promise<void> {
  const port = order.ports[number % order.ports.length] ?? 0;
  const localAddress = order.sources[number % order.sources.length];
  const socket = connect({ host: order.address, port, ...(localAddress === undefined ? {} : { localAddress }) });
  socket.on('error', () => undefined);
  let isOpen = false;
  socket.on('close', () => {
    if (isOpen) ended += 1;
  });
  socket.resume();
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => undefined);
  if (socket.pending || socket.destroyed) return;
  isOpen = true;
  sockets.push(socket);
  if (order.kind === 'wrong') socket.write(WRONG[Math.floor(number / order.ports.length) % WRONG.length] ?? '');
  if (order.kind === 'half') socket.write(HALF[Math.floor(number / order.ports.length) % HALF.length] ?? '');
}

for (let first = 0; first < order.connections; first += AT_ONCE) {
  const count = Math.min(AT_ONCE, order.connections - first);
  await Promise.all(Array.from({ length: count }, (_, index) => open(first + index)));
}
const until = Date.now() + order.holdMs;
while (Date.now() < until && ended < sockets.length) await sleep(50);
process.stdout.write(`${JSON.stringify({ connected: sockets.length, ended } satisfies HostileReport)}\n`);
process.exit(0);
