/**
 * Applications for ends without an operating system: echo, and a bulk transfer in TCP segments with
 * a window, in-order delivery and going back after loss, which is what it takes to measure.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { VIRTIO_HEADER_BYTES } from '../../kernels/kernel.ts';
import type { PingResult } from '../../platform/linux/ping.ts';
import { frameOf, superFrame } from '../../testing/frames.ts';
import { echoPacket, parsePacket, tcpPacket } from '../../testing/packets.ts';
import type { LoopbackEnd } from './loopback-end.ts';
import type { Transfer } from './traffic-process.ts';

/** Addresses inside of the tunnel, both of one family. */
export interface Route {
  readonly from: LoopbackEnd;
  readonly to: LoopbackEnd;
  readonly source: string;
  readonly destination: string;
}

const PING_INTERVAL_MS = 20;
const PING_PATIENCE_MS = 1000;
const SEGMENT_BYTES = 1300;
const FRAME_PAYLOAD = Buffer.alloc(16 * SEGMENT_BYTES, 'awg-vpn demo ');
/** Fits the receive buffer that every system grants a UDP socket. */
const WINDOW_BYTES = 3 * FRAME_PAYLOAD.length;
const RETRANSMIT_MS = 100;
const PROGRESS_INTERVAL_MS = 250;
const PORTS = { sourcePort: 40000, destinationPort: 5001 } as const;

export async function pingLoopback({ from, to, source, destination }: Route, count: number): Promise<PingResult> {
  const roundTrips: number[] = [];
  let sentAt = 0;
  to.onFrame(() => to.send(frameOf(echoPacket({ source: destination, destination: source, reply: true }))));
  for (let sequence = 1; sequence <= count; sequence++) {
    const answer = new Promise<void>((resolve) => from.onFrame(() => resolve()));
    sentAt = performance.now();
    from.send(frameOf(echoPacket({ source, destination, sequence })));
    const answered = await Promise.race([answer.then(() => true), sleep(PING_PATIENCE_MS, false, { ref: false })]);
    if (answered) roundTrips.push(performance.now() - sentAt);
    await sleep(PING_INTERVAL_MS);
  }
  return { sent: count, received: roundTrips.length, roundTrips };
}

/** Sends for a while, as fast as the other end acknowledges. */
export async function transferLoopback(
  route: Route,
  milliseconds: number,
  onProgress: (soFar: Transfer) => void,
): Promise<Transfer> {
  const receiver = new BulkReceiver(route);
  const sender = new BulkSender(route);
  const start = performance.now();
  const soFar = (): Transfer => ({ bytes: receiver.bytes, milliseconds: performance.now() - start });
  const progress = setInterval(() => onProgress(soFar()), PROGRESS_INTERVAL_MS);
  await sleep(milliseconds);
  clearInterval(progress);
  sender.stop();
  return soFar();
}

class BulkSender {
  readonly #route: Route;
  readonly #retransmit: NodeJS.Timeout;
  /** Byte counts since the beginning; sequence numbers are their low 32 bits. */
  #sent = 0;
  #acknowledged = 0;
  #acknowledgedBefore = 0;

  constructor(route: Route) {
    this.#route = route;
    route.from.onFrame((frame) => this.#takeAcknowledgment(frame));
    this.#retransmit = setInterval(() => this.#goBackWhenStuck(), RETRANSMIT_MS);
    this.#fill();
  }

  stop(): void {
    clearInterval(this.#retransmit);
    this.#route.from.onFrame(() => undefined);
  }

  #takeAcknowledgment(frame: Uint8Array): void {
    const { segment } = parsePacket(frame.subarray(VIRTIO_HEADER_BYTES));
    const number = new DataView(segment.buffer, segment.byteOffset).getUint32(8);
    const advance = (number - this.#acknowledged) >>> 0;
    if (advance <= WINDOW_BYTES) this.#acknowledged += advance;
    this.#sent = Math.max(this.#sent, this.#acknowledged);
    this.#fill();
  }

  #fill(): void {
    const { from, source, destination } = this.#route;
    while (this.#sent + FRAME_PAYLOAD.length - this.#acknowledged <= WINDOW_BYTES) {
      const packet = tcpPacket({ source, destination, ...PORTS, sequence: this.#sent >>> 0, payload: FRAME_PAYLOAD });
      from.send(superFrame(packet, SEGMENT_BYTES));
      this.#sent += FRAME_PAYLOAD.length;
    }
  }

  #goBackWhenStuck(): void {
    if (this.#acknowledged === this.#acknowledgedBefore) this.#sent = this.#acknowledged;
    this.#acknowledgedBefore = this.#acknowledged;
    this.#fill();
  }
}

class BulkReceiver {
  /** Received in order. */
  bytes = 0;
  readonly #route: Route;

  constructor(route: Route) {
    this.#route = route;
    route.to.onFrame((frame) => this.#take(frame));
  }

  #take(frame: Uint8Array): void {
    const { segment, payload } = parsePacket(frame.subarray(VIRTIO_HEADER_BYTES));
    const sequence = new DataView(segment.buffer, segment.byteOffset).getUint32(4);
    if (sequence === this.bytes >>> 0) this.bytes += payload.length;
    const { to, source, destination } = this.#route;
    const ports = { sourcePort: PORTS.destinationPort, destinationPort: PORTS.sourcePort };
    to.send(
      frameOf(tcpPacket({ source: destination, destination: source, ...ports, acknowledgment: this.bytes >>> 0 })),
    );
  }
}
