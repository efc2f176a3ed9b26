/**
 * A download that lasts as long as the test wants, and a receiver that notes when bytes came.
 *
 *     send <address> <port> <bytes> <bytes a second>
 *     receive <address> <port>
 *
 * Each prints one line of JSON; times are of the machine's clock, as both run on the same.
 */
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What is sent at once, milliseconds' worth. */
const SLICE_MS = 10;
/** Resolution of the speed over time. */
const BUCKET_MS = 100;
/** Shorter pauses are not noted. */
const GAP_MS = 100;

export interface DownloadReport {
  readonly bytes: number;
  readonly sha256: string;
  /** Pauses between bytes: when each began, milliseconds since the epoch, and how long it was. */
  readonly gaps: readonly { readonly at: number; readonly length: number }[];
  /** Bytes of each `bucketMs` from `began` on. */
  readonly buckets: readonly number[];
  readonly bucketMs: number;
  readonly began: number;
}

function print(report: object): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

/** Never ahead of its time; behind it, as fast as it goes. */
async function send(address: string, port: number, bytes: number, pace: number): Promise<void> {
  const cipher = createCipheriv('aes-128-ctr', randomBytes(16), randomBytes(16));
  const hash = createHash('sha256');
  const socket = connect({ host: address, port, noDelay: true });
  await once(socket, 'connect');
  const slice = Buffer.alloc(Math.max(1, Math.round((pace * SLICE_MS) / 1000)));
  const began = performance.now();
  for (let sent = 0; sent < bytes; ) {
    const chunk = cipher.update(slice.subarray(0, Math.min(slice.length, bytes - sent)));
    hash.update(chunk);
    sent += chunk.length;
    if (!socket.write(chunk)) await once(socket, 'drain');
    const early = (sent * 1000) / pace - (performance.now() - began);
    if (early > 0) await sleep(early);
  }
  socket.end();
  await once(socket, 'close');
  print({ bytes, sha256: hash.digest('hex') });
}

async function note(socket: Socket): Promise<void> {
  const hash = createHash('sha256');
  const began = Date.now();
  const gaps: { at: number; length: number }[] = [];
  const buckets: number[] = [];
  let bytes = 0;
  let last = began;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    const now = Date.now();
    if (now - last >= GAP_MS) gaps.push({ at: last, length: now - last });
    last = now;
    hash.update(chunk);
    bytes += chunk.length;
    const bucket = Math.floor((now - began) / BUCKET_MS);
    while (buckets.length <= bucket) buckets.push(0);
    buckets[bucket] += chunk.length;
  }
  print({ bytes, sha256: hash.digest('hex'), gaps, buckets, bucketMs: BUCKET_MS, began } satisfies DownloadReport);
}

function receive(address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      server.close();
      note(socket).then(resolve, reject);
    });
    server.on('error', reject);
    server.listen(port, address, () => process.stderr.write('listening\n'));
  });
}

const [action, address = '', port = '', bytes = '0', pace = '0'] = process.argv.slice(2);
if (action === 'send') await send(address, Number(port), Number(bytes), Number(pace));
else if (action === 'receive') await receive(address, Number(port));
else throw new Error(`unknown action ${action}`);
