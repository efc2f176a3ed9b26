/**
 * The UDP carrier: between the pipeline and the sockets of both families. Works in any thread from
 * the plain data of a handle; whoever opened the sockets closes them.
 */
import type { Arena } from '../../dataplane/arena.ts';
import type { Syscalls } from '../../platform/ffi/syscalls.ts';
import { AF_INET, AF_INET6 } from '../../platform/linux/socket.ts';
import type { UdpHandle } from '../../platform/linux/udp-socket.ts';
import type { Carrier, ReceivedMessages, SendReport, SendRuns } from '../carrier.ts';
import { UdpReceiver } from './udp-receiver.ts';
import { UdpSender } from './udp-sender.ts';

/** Batches from one family before the other is looked at first, so that neither starves. */
const TURN_LENGTH = 8;

/** What a carrier has learnt since it was made; for logs. */
export interface UdpCarrierState {
  /** Received datagrams that did not fit, dropped. */
  readonly truncated: number;
  /** Errors that the sockets reported and that were passed over. */
  readonly receiveErrors: number;
  /** Local addresses that went away while a path used them. */
  readonly sourcesForgotten: number;
  /** Whether the kernel still segments, by family. */
  readonly segmentsV4: boolean;
  readonly segmentsV6: boolean;
}

export class LinuxUdpCarrier implements Carrier {
  readonly name = 'udp';
  readonly descriptors: readonly number[];
  readonly received: ReceivedMessages;
  readonly #u16: Uint16Array;
  readonly #receiver: UdpReceiver;
  readonly #v4: UdpSender | undefined;
  readonly #v6: UdpSender | undefined;
  readonly #report: SendReport = { sent: 0, full: 0, failed: 0 };
  /** Index of the descriptor that is looked at first. */
  #first = 0;
  #turn = 0;

  constructor(syscalls: Syscalls, arena: Arena, handle: UdpHandle) {
    const { v4, v6 } = handle.capabilities;
    this.descriptors = [handle.v4, handle.v6].filter((socket) => socket >= 0);
    this.#u16 = new Uint16Array(arena.memory.buffer);
    this.#receiver = new UdpReceiver(syscalls, arena, v4?.receiveOffload === true || v6?.receiveOffload === true);
    this.received = this.#receiver.received;
    this.#v4 = v4 && new UdpSender(syscalls, arena, AF_INET, handle.v4, v4);
    this.#v6 = v6 && new UdpSender(syscalls, arena, AF_INET6, handle.v6, v6);
  }

  /** From one socket at a time: the one that had something last, until its turn is over. */
  receive(): number {
    const sockets = this.descriptors.length;
    if (++this.#turn >= TURN_LENGTH) this.#passTurn();
    for (let tried = 0; tried < sockets; tried++) {
      const count = this.#receiver.receive(this.descriptors[this.#first]);
      if (count > 0) return count;
      this.#passTurn();
    }
    return 0;
  }

  send(runs: SendRuns): SendReport {
    const report = this.#report;
    report.sent = 0;
    report.full = 0;
    report.failed = 0;
    for (let run = 0; run < runs.count; run++) this.#add(runs, run, report);
    this.#v4?.flush(report);
    this.#v6?.flush(report);
    return report;
  }

  state(): UdpCarrierState {
    return {
      truncated: this.#receiver.truncated,
      receiveErrors: this.#receiver.errors,
      sourcesForgotten: (this.#v4?.sourcesForgotten ?? 0) + (this.#v6?.sourcesForgotten ?? 0),
      segmentsV4: this.#v4?.segments ?? false,
      segmentsV6: this.#v6?.segments ?? false,
    };
  }

  #add(runs: SendRuns, run: number, report: SendReport): void {
    const path = runs.path[run];
    const length = runs.length[run];
    const segment = runs.segment[run];
    const sender = this.#u16[path >>> 1] === AF_INET ? this.#v4 : this.#v6;
    if (sender === undefined) report.failed += Math.max(1, Math.ceil(length / segment));
    else sender.add(runs.offset[run], length, segment, path, report);
  }

  #passTurn(): void {
    this.#turn = 0;
    this.#first = (this.#first + 1) % this.descriptors.length;
  }
}
