/**
 * The events of a device, for as many listeners as there are. Nobody who listens can hold up the tunnel:
 * functions are called at once and may throw, loops have a queue that is bounded.
 */
import type { WallTime } from '../../protocol/time.ts';
import type { DeviceEvent, DeviceNews } from './device-event.ts';
import { EventQueue } from './event-queue.ts';

export interface EventStreamOptions {
  /** Events that may wait; of more the oldest are dropped and counted. Default 1024. */
  readonly capacity?: number;
  /** Ends the stream. */
  readonly signal?: AbortSignal;
}

const DEFAULT_CAPACITY = 1024;

type Listener = (event: DeviceEvent) => void;

export class DeviceEvents implements AsyncIterable<DeviceEvent> {
  /** BOUNDED by its users, who take back what they add. */
  readonly #listeners = new Set<Listener>();
  readonly #queues = new Set<EventQueue<DeviceEvent>>();
  readonly #wall: () => WallTime;
  readonly #onAudience: (isThere: boolean) => void;
  #isClosed = false;

  /** @param onAudience told when the first listener comes and when the last one has gone */
  constructor(wall: () => WallTime, onAudience: (isThere: boolean) => void = () => undefined) {
    this.#wall = wall;
    this.#onAudience = onAudience;
  }

  /** Calls `listener` for each event from now on; returns what ends that. What it throws is thrown away. */
  subscribe(listener: Listener): () => void {
    const own: Listener = (event) => listener(event);
    this.#add(own);
    return () => this.#remove(own);
  }

  /** The events from now on, to be taken one at a time. Ends with the device. */
  stream({ capacity = DEFAULT_CAPACITY, signal }: EventStreamOptions = {}): EventQueue<DeviceEvent> {
    const listener: Listener = (event) => queue.push(event);
    const end = (): void => queue.close();
    const queue = new EventQueue<DeviceEvent>(capacity, () => {
      signal?.removeEventListener('abort', end);
      this.#queues.delete(queue);
      this.#remove(listener);
    });
    if (this.#isClosed || signal?.aborted === true) {
      queue.close();
      return queue;
    }
    signal?.addEventListener('abort', end, { once: true });
    this.#queues.add(queue);
    this.#add(listener);
    return queue;
  }

  [Symbol.asyncIterator](): EventQueue<DeviceEvent> {
    return this.stream();
  }

  /** For the device. */
  emit(news: DeviceNews): void {
    if (this.#listeners.size === 0) return;
    const event = { ...news, at: this.#wall() } as DeviceEvent;
    for (const listener of this.#listeners) callSafely(listener, event);
  }

  /** For the device: no more events, all streams end. */
  close(): void {
    this.#isClosed = true;
    for (const queue of this.#queues) queue.close();
    if (this.#listeners.size > 0) this.#onAudience(false);
    this.#listeners.clear();
  }

  #add(listener: Listener): void {
    if (this.#isClosed) return;
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#onAudience(true);
  }

  #remove(listener: Listener): void {
    if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#onAudience(false);
  }
}

function callSafely(listener: Listener, event: DeviceEvent): void {
  try {
    listener(event);
  } catch {
    // The core is in the middle of its work, and the listener's trouble is not the tunnel's.
  }
}
