/**
 * Entry point of a process that makes TCP traffic from inside of a namespace. Sender and receiver are
 * processes of their own, so that neither takes time from the other, nor from a tunnel.
 */

import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { TrafficReply, TrafficRequest } from './traffic-messages.ts';

const CHUNK = Buffer.alloc(1 << 20, 'awg-vpn demo ');
const READ_BUFFER_BYTES = 1 << 20;
const PROGRESS_INTERVAL_MS = 250;

process.on('message', (request: TrafficRequest) => {
  if (request.kind === 'serve') serve();
  else fetch(request);
});
process.once('disconnect', () => process.exit());
// The preloaded module lets go of the channel, but requests come by it.
process.channel?.ref();

function reply(message: TrafficReply): void {
  process.send?.(message);
}

function fail(error: Error): void {
  reply({ kind: 'failed', message: error.message });
}

function serve(): void {
  const server = createServer(pour);
  server.on('error', fail);
  server.listen(0, '::', () => reply({ kind: 'serving', port: (server.address() as AddressInfo).port }));
}

/** Writes the same chunk again whenever the last one was taken; one chunk waits at most. */
function pour(socket: Socket): void {
  const next = (error?: Error | null): void => {
    if (error === undefined || error === null) socket.write(CHUNK, next);
  };
  socket.on('error', () => socket.destroy());
  next();
}

function fetch({ host, port, milliseconds }: Extract<TrafficRequest, { readonly kind: 'fetch' }>): void {
  let bytes = 0;
  let start = 0;
  let progress: NodeJS.Timeout | undefined;
  const elapsed = (): number => performance.now() - start;
  // One buffer for all reads: nothing is allocated for what arrives.
  const onread = { buffer: Buffer.alloc(READ_BUFFER_BYTES), callback: count };
  const socket = connect({ host, port, onread });
  socket.on('error', fail);
  socket.on('connect', () => {
    start = performance.now();
    progress = setInterval(() => reply({ kind: 'progress', bytes, milliseconds: elapsed() }), PROGRESS_INTERVAL_MS);
    setTimeout(finish, milliseconds);
  });

  function count(received: number): boolean {
    bytes += received;
    return true;
  }

  function finish(): void {
    clearInterval(progress);
    reply({ kind: 'fetched', bytes, milliseconds: elapsed() });
    socket.destroy();
  }
}
