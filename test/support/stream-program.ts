/**
 * Counts exactly how many of many datagrams arrive through a tunnel. The receiver tells the sender over
 * TCP, outside the tunnel, how many it has, and the sender keeps a window of them under way, so that no
 * queue overflows: what does not arrive has been lost by somebody who should not have lost it.
 *
 *     receive <inner address> <outer address> <port>
 *     send <inner address> <outer address> <port> <datagrams> <patience>     prints one line of JSON
 *
 * What has not arrived after `patience` milliseconds without progress counts as lost. It must be long
 * where nothing may be lost: taking for lost what is only late puts more under way than a window.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';

export interface StreamReport {
  readonly sent: number;
  readonly received: number;
}

const WINDOW = 64;
const REPORT_EVERY = 16;
const REPORT_INTERVAL_MS = 2;
/** For the last of them. */
const LAST_PATIENCE_MS = 2000;
const SMALLEST = 200;
const SIZES = 1000;

const [action, inner = '', outer = '', port = '', count = '0', patience = '0'] = process.argv.slice(2);
const family = inner.includes(':') ? 'udp6' : 'udp4';

async function receive(): Promise<void> {
  const socket = createSocket(family);
  socket.bind(Number(port), inner);
  await once(socket, 'listening');
  const server = createServer().listen(Number(port), outer);
  process.stdout.write('listening\n');
  const [sender] = (await once(server, 'connection')) as [Socket];
  let received = 0;
  let reported = 0;
  const report = (): void => {
    if (received === reported) return;
    reported = received;
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(received);
    sender.write(bytes);
  };
  socket.on('message', () => {
    received += 1;
    if (received - reported >= REPORT_EVERY) report();
  });
  const timer = setInterval(report, REPORT_INTERVAL_MS);
  await once(sender, 'close');
  clearInterval(timer);
  server.close();
  socket.close();
}

/** Follows the counts that the receiver reports. */
function follow(receiver: Socket): { received: number; progressAt: number } {
  const state = { received: 0, progressAt: performance.now() };
  let rest = Buffer.alloc(0);
  receiver.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    const whole = rest.length - (rest.length % 4);
    if (whole === 0) return;
    state.received = rest.readUInt32LE(whole - 4);
    state.progressAt = performance.now();
    rest = rest.subarray(whole);
  });
  return state;
}

async function send(): Promise<StreamReport> {
  const total = Number(count);
  const patienceMs = Number(patience);
  const receiver = connect(Number(port), outer);
  await once(receiver, 'connect');
  const state = follow(receiver);
  const socket = createSocket(family);
  socket.connect(Number(port), inner);
  await once(socket, 'connect');
  const payload = Buffer.alloc(SMALLEST + SIZES);
  let lost = 0;
  for (let sent = 0; sent < total; sent += 1) {
    while (sent - state.received - lost >= WINDOW) {
      await turn();
      if (performance.now() - state.progressAt < patienceMs) continue;
      lost = sent - state.received;
      state.progressAt = performance.now();
    }
    payload.writeUInt32LE(sent);
    socket.send(payload, 0, SMALLEST + ((Math.imul(sent, 0x9e3779b1) >>> 0) % SIZES));
  }
  while (state.received < total && performance.now() - state.progressAt < LAST_PATIENCE_MS) await sleep(1);
  receiver.end();
  socket.close();
  return { sent: total, received: state.received };
}

if (action === 'send') process.stdout.write(`${JSON.stringify(await send())}\n`);
else if (action === 'receive') await receive();
else throw new Error(`unknown action ${action}`);
