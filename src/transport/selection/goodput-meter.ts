/** How many bytes a second go through the tunnel, both ways together, over the last few seconds. */
import type { Instant } from '../../protocol/time.ts';
import { SELECTION } from './selection-limits.ts';
import type { PathTraffic } from './selector-messages.ts';

interface Sample {
  readonly at: Instant;
  readonly bytes: number;
}

/** Looks closer together than this are one. BOUNDS the samples to a window's worth. */
const SAMPLE_EVERY = 200;

export class GoodputMeter {
  /** Oldest first. BOUNDED by goodputWindow / SAMPLE_EVERY. */
  #samples: Sample[] = [];
  #best = 0;
  #bestAt = 0 as Instant;

  look(record: PathTraffic, now: Instant): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && now - last.at < SAMPLE_EVERY) return;
    this.#samples.push({ at: now, bytes: record.receivedBytes + record.sentBytes });
    const oldest = now - SELECTION.goodputWindow;
    this.#samples = this.#samples.filter((sample) => sample.at >= oldest);
    this.#remember(now);
  }

  /** Whether there was much more once, on whatever path, and not long ago. */
  get hasCollapsed(): boolean {
    return this.bytesPerSecond < this.#best * SELECTION.collapsedGoodput;
  }

  /** The most there was within memory, bytes a second. */
  get best(): number {
    return this.#best;
  }

  /** Begins anew, on another path. */
  reset(): void {
    this.#samples = [];
  }

  get bytesPerSecond(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at === first.at) return 0;
    return ((last.bytes - first.bytes) * 1000) / (last.at - first.at);
  }

  #remember(now: Instant): void {
    const span = now - (this.#samples[0]?.at ?? now);
    if (span < SELECTION.goodputWindow / 2) return;
    const current = this.bytesPerSecond;
    if (current < this.#best && now - this.#bestAt < SELECTION.goodputMemory) return;
    this.#best = current;
    this.#bestAt = now;
  }

  get isBulk(): boolean {
    return this.bytesPerSecond >= SELECTION.bulkBytesPerSecond;
  }
}
