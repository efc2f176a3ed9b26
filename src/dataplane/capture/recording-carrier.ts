/** Any carrier, with a recorder that sees every datagram: trains are cut, as the wire has them. */
import type { Carrier, ReceivedMessages, SendReport, SendRuns } from '../../transport/carrier.ts';
import type { Arena } from '../arena.ts';
import type { Direction, PacketRecorder } from './packet-recorder.ts';
import { DIRECTION } from './packet-recorder.ts';

export class RecordingCarrier implements Carrier {
  readonly #carrier: Carrier;
  readonly #arena: Arena;
  readonly #recorder: PacketRecorder;

  constructor(carrier: Carrier, arena: Arena, recorder: PacketRecorder) {
    this.#carrier = carrier;
    this.#arena = arena;
    this.#recorder = recorder;
  }

  get name(): string {
    return this.#carrier.name;
  }

  get descriptors(): readonly number[] {
    return this.#carrier.descriptors;
  }

  get received(): ReceivedMessages {
    return this.#carrier.received;
  }

  receive(): number {
    const count = this.#carrier.receive();
    this.#record(DIRECTION.in, this.#carrier.received, count);
    return count;
  }

  send(runs: SendRuns): SendReport {
    this.#record(DIRECTION.out, runs, runs.count);
    return this.#carrier.send(runs);
  }

  #record(direction: Direction, trains: ReceivedMessages, count: number): void {
    const { bytes } = this.#arena;
    for (let index = 0; index < count; index++) {
      const end = trains.offset[index] + trains.length[index];
      const segment = Math.max(trains.segment[index], 1);
      for (let at = trains.offset[index]; at < end; at += segment)
        this.#recorder.wire(direction, bytes, at, Math.min(segment, end - at), trains.path[index]);
    }
  }
}
