/**
 * Moves bytes over TCP and says what their SHA-256 was. Runs as a process of its own inside a
 * namespace: `receive <address> <port>` or `send <address> <port> <bytes>`; prints one line of JSON.
 */
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const CHUNK_BYTES = 256 * 1024;

/** Incompressible bytes, quick to make: a cipher's key stream. */
function* randomChunks(bytes: number): Generator<Buffer> {
  const cipher = createCipheriv('aes-128-ctr', randomBytes(16), randomBytes(16));
  const zeros = Buffer.alloc(CHUNK_BYTES);
  for (let left = bytes; left > 0; left -= CHUNK_BYTES) {
    yield cipher.update(left < CHUNK_BYTES ? zeros.subarray(0, left) : zeros);
  }
}

function print(report: object): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

async function send(address: string, port: number, bytes: number): Promise<void> {
  const hash = createHash('sha256');
  const socket = connect({ host: address, port, noDelay: true });
  const began = Date.now();
  await pipeline(
    Readable.from(randomChunks(bytes)),
    async function* measured(source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        hash.update(chunk);
        yield chunk;
      }
    },
    socket,
  );
  print({ bytes, sha256: hash.digest('hex'), milliseconds: Date.now() - began });
}

async function digest(socket: Socket): Promise<void> {
  const hash = createHash('sha256');
  const began = Date.now();
  let bytes = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  print({ bytes, sha256: hash.digest('hex'), milliseconds: Date.now() - began });
}

function receive(address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: false }, (socket) => {
      server.close();
      digest(socket).then(resolve, reject);
    });
    server.on('error', reject);
    server.listen(port, address, () => process.stderr.write('listening\n'));
  });
}

const [action, address = '', port = '', bytes = '0'] = process.argv.slice(2);
if (action === 'send') await send(address, Number(port), Number(bytes));
else if (action === 'receive') await receive(address, Number(port));
else throw new Error(`unknown action ${action}`);
