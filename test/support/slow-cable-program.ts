/**
 * A cable with delay and loss, for kernels that cannot delay packets: two TUN devices of this
 * namespace, and what goes into one comes out of the other so many milliseconds later, or not at all.
 * `<order in JSON>`; says `ready` when both devices exist. Ends by a signal.
 */
import { Arena } from '../../src/dataplane/arena.ts';
import { loadSyscalls } from '../../src/platform/ffi/syscalls.ts';
import { Epoll } from '../../src/platform/linux/epoll.ts';
import { LinuxTun, openTun } from '../../src/platform/linux/tun.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';

export interface SlowCableOrder {
  readonly devices: readonly [string, string];
  /** One way. */
  readonly delayMs: number;
  /** Of packets, 0 to 1, each way. */
  readonly loss: number;
}

interface Frame {
  readonly bytes: Buffer;
  readonly due: number;
}

interface Way {
  readonly from: LinuxTun;
  readonly to: LinuxTun;
  readonly delayMs: number;
  /** Oldest first, from `head` on. BOUNDED by QUEUE_FRAMES. */
  queue: Frame[];
  head: number;
}

const MTU = 1500;
const FRAME_BYTES = 1 << 17;
const IOVEC_BYTES = 16;
/** What a router would hold: more is dropped. */
const QUEUE_FRAMES = 20_000;
const BATCH = 64;
/** What the other end can take without being asked: super-packets. Without loss they may cross as they are. */
const TUNSETOFFLOAD = 0x400454d0;

const order = JSON.parse(process.argv[2] ?? '') as SlowCableOrder;
const syscalls = loadSyscalls();
const arena = new Arena(16);
const buffer = arena.reserve(FRAME_BYTES);
const vector = arena.reserve(IOVEC_BYTES);
const address = syscalls.addressOf(arena.bytes) + buffer;
const random = new SeededRandom(1);
const lossBound = order.loss * 2 ** 32;

function open(name: string): LinuxTun {
  const handle = openTun({ name, mtu: MTU }, syscalls);
  // A loss must be the loss of one packet.
  if (order.loss > 0) syscalls.ioctl(handle.descriptor, TUNSETOFFLOAD, 0);
  return new LinuxTun(syscalls, arena, handle);
}

function take(way: Way, now: number): void {
  for (let count = 0; count < BATCH; count++) {
    const length = way.from.read(buffer, FRAME_BYTES);
    if (length <= 0) return;
    if (random.uint32() < lossBound || way.queue.length - way.head >= QUEUE_FRAMES) continue;
    const bytes = Buffer.from(arena.bytes.slice(buffer, buffer + length).buffer);
    way.queue.push({ bytes, due: now + way.delayMs });
  }
}

function give(way: Way, now: number): void {
  for (let frame = way.queue[way.head]; frame !== undefined && frame.due <= now; frame = way.queue[way.head]) {
    arena.bytes.set(frame.bytes, buffer);
    arena.view.setBigUint64(vector, BigInt(address), true);
    arena.view.setBigUint64(vector + 8, BigInt(frame.bytes.length), true);
    way.to.write(vector, 1);
    way.head++;
  }
  if (way.head < BATCH) return;
  way.queue = way.queue.slice(way.head);
  way.head = 0;
}

/** Milliseconds until the next frame is due, -1 for none. */
function patience(ways: readonly Way[], now: number): number {
  const next = Math.min(...ways.map(({ queue, head }) => queue[head]?.due ?? Number.POSITIVE_INFINITY));
  return next === Number.POSITIVE_INFINITY ? -1 : Math.max(0, Math.ceil(next - now));
}

const [left, right] = order.devices.map(open) as [LinuxTun, LinuxTun];
const way = (from: LinuxTun, to: LinuxTun): Way => ({ from, to, delayMs: order.delayMs, queue: [], head: 0 });
const ways = [way(left, right), way(right, left)];
const epoll = new Epoll(syscalls);
for (const { descriptor } of [left, right]) epoll.add(descriptor);
process.stdout.write('ready\n');
// The loop never returns to Node's own: what was written must have left before.
setTimeout(() => {
  for (;;) {
    epoll.wait(patience(ways, performance.now()));
    const now = performance.now();
    for (const each of ways) take(each, now);
    for (const each of ways) give(each, now);
  }
}, 20);
