import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Arena } from '../../dataplane/arena.ts';
import { ERRNO } from '../../platform/ffi/errno.ts';
import type { Syscalls } from '../../platform/ffi/syscalls.ts';
import { loadSyscalls } from '../../platform/ffi/syscalls.ts';
import { readWide } from '../../platform/ffi/wide.ts';
import { AF_INET } from '../../platform/linux/socket.ts';
import { PATH_BYTES } from '../carrier.ts';
import { encodePath } from '../path.ts';
import { CONTROL, IOVEC, IP_PKTINFO, MESSAGE, UDP_SEGMENT } from './message-header.ts';
import { UdpSender } from './udp-sender.ts';

const skip = process.platform !== 'linux' && 'Linux only';
const PACKET_INFO_BYTES = 28;
const SEGMENT_BYTES = 18;

/** What the kernel would have seen of one message. */
interface SeenMessage {
  readonly length: number;
  readonly offset: number;
  readonly segment: number | undefined;
  readonly source: number | undefined;
}

const arena = skip === false ? new Arena(64) : undefined;

/** Reads message headers as the kernel would, and answers as the test says: an errno, or how many to take. */
class FakeKernel {
  readonly taken: SeenMessage[] = [];
  calls = 0;
  polls = 0;
  writable = true;
  /** An errno for a message, or 0 to take it. */
  verdict: (message: SeenMessage) => number = () => 0;
  readonly syscalls: Syscalls;
  readonly #words = (arena as Arena).u32;
  readonly #base: number;
  #errno = 0;

  constructor() {
    const real = loadSyscalls();
    this.#base = real.addressOf((arena as Arena).bytes);
    this.syscalls = {
      ...real,
      sendmmsg: (_, messages, count) => this.#send(messages, count),
      poll: () => {
        this.polls++;
        return this.writable ? 1 : 0;
      },
      errno: () => this.#errno,
    };
  }

  #send(messages: number, count: number): number {
    this.calls++;
    for (let i = 0; i < count; i++) {
      const seen = this.#read(messages + i * MESSAGE.bytes);
      this.#errno = this.verdict(seen);
      if (this.#errno !== 0) return i === 0 ? -1 : i;
      this.taken.push(seen);
    }
    return count;
  }

  #read(address: number): SeenMessage {
    const words = this.#words;
    const header = (address - this.#base) / 4;
    const vector = (readWide(words, header + MESSAGE.vector) - this.#base) / 4;
    const found: { segment?: number; source?: number } = {};
    let at = (readWide(words, header + MESSAGE.control) - this.#base) / 4;
    const end = at + words[header + MESSAGE.controlLength] / 4;
    while (at < end) {
      const length = words[at + CONTROL.length];
      const value = words[at + CONTROL.data];
      if (words[at + CONTROL.type] === UDP_SEGMENT && length === SEGMENT_BYTES) found.segment = value;
      else if (words[at + CONTROL.type] === IP_PKTINFO && length === PACKET_INFO_BYTES) {
        assert.equal(value, 0, 'the interface is left to the routing table');
        found.source = words[at + CONTROL.data + 1];
      } else assert.fail('an unknown control message');
      at += Math.ceil(length / 8) * 2;
    }
    const offset = readWide(words, vector + IOVEC.address) - this.#base;
    return {
      length: readWide(words, vector + IOVEC.length),
      offset,
      segment: found.segment,
      source: found.source,
    };
  }
}

const capabilities = {
  segmentOffload: true,
  receiveOffload: true,
  packetInfo: true,
  receiveBuffer: 0,
  sendBuffer: 0,
  buffersForced: true,
};

let kernel: FakeKernel;
let sender: UdpSender;
let report: { sent: number; full: number; failed: number };
let path: number;

function setUp(local?: Uint8Array): void {
  const { syscalls } = kernel;
  sender = new UdpSender(syscalls, arena as Arena, AF_INET, 77, capabilities);
  report = { sent: 0, full: 0, failed: 0 };
  path = (arena as Arena).reserve(PATH_BYTES);
  const remote = { address: Uint8Array.of(192, 0, 2, 1), port: 9, scopeId: 0 };
  const endpoint = local === undefined ? remote : { ...remote, local: { address: local, interfaceIndex: 5 } };
  encodePath((arena as Arena).bytes, path, endpoint);
}

beforeEach(() => {
  if (skip !== false) return;
  kernel = new FakeKernel();
  setUp();
});

test('runs leave in one call, those of several datagrams with a segment size', { skip }, () => {
  sender.add(70000, 3500, 1400, path, report);
  sender.add(80000, 100, 100, path, report);
  sender.flush(report);
  assert.equal(kernel.calls, 1);
  assert.deepEqual(kernel.taken, [
    { length: 3500, offset: 70000, segment: 1400, source: undefined },
    { length: 100, offset: 80000, segment: undefined, source: undefined },
  ]);
  assert.deepEqual(report, { sent: 4, full: 0, failed: 0 });
});

test('a batch larger than one call is sent in several, in order', { skip }, () => {
  for (let i = 0; i < 150; i++) sender.add(1000 + i, 10, 10, path, report);
  sender.flush(report);
  assert.deepEqual(
    kernel.taken.map(({ offset }) => offset - 1000),
    Array.from({ length: 150 }, (_, i) => i),
  );
  assert.equal(report.sent, 150);
  assert.equal(kernel.calls, 3);
});

test('the answer leaves from the address that was spoken to', { skip }, () => {
  setUp(Uint8Array.of(10, 0, 0, 1));
  sender.add(1000, 30, 10, path, report);
  sender.add(2000, 10, 10, path, report);
  sender.flush(report);
  assert.deepEqual(
    kernel.taken.map(({ source, segment }) => [source, segment]),
    [
      [0x0100000a, 10],
      [0x0100000a, undefined],
    ],
  );
});

for (const errno of [ERRNO.EINVAL, ERRNO.EADDRNOTAVAIL, ERRNO.ENODEV, ERRNO.ENETUNREACH]) {
  test(`an address that is gone (errno ${errno}) is forgotten, and the datagrams still leave`, { skip }, () => {
    setUp(Uint8Array.of(10, 0, 0, 1));
    kernel.verdict = ({ source }) => (source === undefined ? 0 : errno);
    for (const offset of [1000, 2000, 3000]) sender.add(offset, 10, 10, path, report);
    sender.flush(report);
    assert.deepEqual(report, { sent: 3, full: 0, failed: 0 });
    assert.equal(sender.sourcesForgotten, 1);
    const { bytes } = arena as Arena;
    assert.ok(
      bytes.subarray(path + 28, path + PATH_BYTES).every((byte) => byte === 0),
      'in the path record too',
    );
  });
}

test('a segmented send refused for its address is not taken for a lack of segmentation', { skip }, () => {
  setUp(Uint8Array.of(10, 0, 0, 1));
  kernel.verdict = ({ source }) => (source === undefined ? 0 : ERRNO.EINVAL);
  sender.add(1000, 30, 10, path, report);
  sender.flush(report);
  assert.deepEqual(report, { sent: 3, full: 0, failed: 0 });
  assert.equal(sender.segments, true);
});

test('a device that cannot segment (EIO) gets single datagrams, from then on', { skip }, () => {
  kernel.verdict = ({ segment }) => (segment === undefined ? 0 : ERRNO.EIO);
  sender.add(1000, 25, 10, path, report);
  sender.add(2000, 20, 10, path, report);
  sender.flush(report);
  assert.deepEqual(
    kernel.taken.map(({ offset, length }) => [offset, length]),
    [
      [1000, 10],
      [1010, 10],
      [1020, 5],
      [2000, 10],
      [2010, 10],
    ],
  );
  assert.deepEqual(report, { sent: 5, full: 0, failed: 0 });
  assert.equal(sender.segments, false);
  kernel.calls = 0;
  sender.add(3000, 25, 10, path, report);
  sender.flush(report);
  assert.equal(kernel.calls, 1, 'it is not asked again');
  assert.equal(report.sent, 8);
});

test('one path that cannot take trains does not end them for the others', { skip }, () => {
  const narrow = path;
  kernel.verdict = ({ segment, offset }) => (segment !== undefined && offset < 5000 ? ERRNO.EMSGSIZE : 0);
  for (let i = 0; i < 200; i++) {
    sender.add(1000, 20, 10, narrow, report);
    sender.add(6000, 20, 10, path, report);
  }
  sender.flush(report);
  assert.equal(sender.segments, true);
  assert.equal(report.sent, 800);
});

test('a kernel that never takes a train is not asked for ever', { skip }, () => {
  kernel.verdict = ({ segment }) => (segment === undefined ? 0 : ERRNO.EINVAL);
  for (let i = 0; i < 200; i++) sender.add(1000, 20, 10, path, report);
  sender.flush(report);
  assert.equal(sender.segments, false);
  assert.deepEqual(report, { sent: 400, full: 0, failed: 0 });
});

test('an unreachable peer does not stop the batch', { skip }, () => {
  for (const errno of [ERRNO.ECONNREFUSED, ERRNO.EHOSTUNREACH, ERRNO.ENETUNREACH, ERRNO.EPERM, ERRNO.EMSGSIZE]) {
    report = { sent: 0, full: 0, failed: 0 };
    kernel.verdict = ({ offset }) => (offset === 2000 ? errno : 0);
    for (const offset of [1000, 2000, 3000]) sender.add(offset, 10, 10, path, report);
    sender.flush(report);
    assert.deepEqual(report, { sent: 2, full: 0, failed: 1 }, `errno ${errno}`);
  }
});

test('a full buffer is waited for once, then the rest is given up', { skip }, () => {
  let room = 2;
  kernel.verdict = () => (room-- > 0 ? 0 : ERRNO.EAGAIN);
  sender.add(1000, 10, 10, path, report);
  sender.add(2000, 10, 10, path, report);
  sender.add(3000, 25, 10, path, report);
  sender.add(4000, 10, 10, path, report);
  sender.flush(report);
  assert.deepEqual(report, { sent: 2, full: 4, failed: 0 });
  assert.equal(kernel.polls, 1);
});

test('a buffer that empties in time loses nothing', { skip }, () => {
  let refusals = 1;
  kernel.verdict = () => (refusals-- > 0 ? ERRNO.EAGAIN : 0);
  sender.add(1000, 10, 10, path, report);
  sender.flush(report);
  assert.deepEqual(report, { sent: 1, full: 0, failed: 0 });
});

test('ENOBUFS costs the one message, EINTR none', { skip }, () => {
  const answers = [ERRNO.EINTR, ERRNO.ENOBUFS];
  kernel.verdict = () => answers.shift() ?? 0;
  sender.add(1000, 10, 10, path, report);
  sender.add(2000, 10, 10, path, report);
  sender.flush(report);
  assert.deepEqual(report, { sent: 1, full: 1, failed: 0 });
});
