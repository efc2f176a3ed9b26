/**
 * Frames from the TUN that wait for a session. Kept as they were read (virtio header and packet,
 * super-packets unsplit), so that sending them later is the ordinary path from its beginning.
 *
 * BOUNDED: per peer by MAX_STAGED_PACKETS frames, over all peers by the shared budget in bytes.
 * When either is full the oldest frame of the same peer goes, as upstream does.
 */
import { MAX_STAGED_PACKETS } from '../protocol/constants.ts';

/** Bytes that all peers of a device may keep waiting together: 4 MiB is about 60 super-packets. */
const DEFAULT_BUDGET = 4 << 20;

export class StagingBudget {
  #left: number;

  constructor(bytes = DEFAULT_BUDGET) {
    this.#left = bytes;
  }

  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }
}

export class StagedFrames {
  readonly #budget: StagingBudget;
  #frames: Uint8Array[] = [];

  constructor(budget: StagingBudget) {
    this.#budget = budget;
  }

  get size(): number {
    return this.#frames.length;
  }

  /** Copies a frame in; returns how many frames (old ones, or this one) were dropped for it. */
  push(frame: Uint8Array): number {
    let dropped = 0;
    if (this.#frames.length >= MAX_STAGED_PACKETS) dropped += this.#dropOldest();
    while (!this.#budget.take(frame.length)) {
      if (this.#frames.length === 0) return dropped + 1;
      dropped += this.#dropOldest();
    }
    this.#frames.push(frame.slice());
    return dropped;
  }

  /** Removes and returns all frames, oldest first. */
  takeAll(): readonly Uint8Array[] {
    const frames = this.#frames;
    this.#frames = [];
    for (const frame of frames) this.#budget.give(frame.length);
    return frames;
  }

  #dropOldest(): number {
    const oldest = this.#frames.shift();
    if (oldest !== undefined) this.#budget.give(oldest.length);
    return 1;
  }
}
