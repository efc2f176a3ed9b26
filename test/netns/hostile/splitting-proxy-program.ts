/**
 * Passes TCP on in pieces of its own: first every byte alone, then pieces of all sizes, so that frames
 * are cut at every boundary. `<address> <port> <target address> <target port>`
 */
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

/** Bytes of each direction that go one by one. */
const ONE_BY_ONE = 4000;
const LARGEST_PIECE = 3001;

async function pass(from: Socket, to: Socket): Promise<void> {
  let passed = 0;
  let size = 1;
  for await (const bytes of from as AsyncIterable<Buffer>) {
    for (let at = 0; at < bytes.length; ) {
      const length = passed < ONE_BY_ONE ? 1 : size;
      size = (size % LARGEST_PIECE) + 1;
      to.write(bytes.subarray(at, at + length));
      at += length;
      passed += length;
      // Else the kernel would put them together again.
      await turn();
    }
  }
  to.end();
}

const [address = '', port = '', target = '', targetPort = ''] = process.argv.slice(2);
const server = createServer({ noDelay: true }, (near) => {
  const far = connect({ host: target, port: Number(targetPort), noDelay: true });
  for (const socket of [near, far]) socket.on('error', () => undefined);
  pass(near, far).catch(() => far.destroy());
  pass(far, near).catch(() => near.destroy());
});
server.listen(Number(port), address, () => process.stdout.write('ready\n'));
