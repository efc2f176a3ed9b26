/**
 * One of the connections of a bundle that we make, replaced when it is lost. One that nobody used
 * rests instead until it is needed: servers close idle connections, and there is no point in
 * making them again just to have them closed again.
 */
import type { StreamTarget } from '../stream-target.ts';
import { dial } from './dial.ts';
import type { HubContext } from './hub-context.ts';
import type { LinkOwner } from './link.ts';
import { Link } from './link.ts';

export interface LaneOwner {
  onLaneUp(): void;
  /** @param rests nothing was lost that anyone used */
  onLaneDown(reason: string, rests: boolean): void;
}

/** Milliseconds: the first attempt after a loss is made at once. */
const FIRST_DELAY = 250;
const LONGEST_DELAY = 5000;
/** A connection that lasted as long was a good one: the next loss is the first again. */
const STEADY = 2000;

export class Lane implements LinkOwner {
  readonly #context: HubContext;
  readonly #target: StreamTarget;
  readonly #owner: LaneOwner;
  #link: Link | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #isClosed = false;

  constructor(context: HubContext, target: StreamTarget, owner: LaneOwner) {
    this.#context = context;
    this.#target = target;
    this.#owner = owner;
  }

  /** The connection, also while it is being made; undefined while there is none. */
  get link(): Link | undefined {
    return this.#link;
  }

  get isUsable(): boolean {
    return this.#link?.state === 'usable';
  }

  /** Makes the connection unless it is there, or being made, or about to be. */
  demand(): void {
    if (this.#link === undefined && this.#timer === undefined && !this.#isClosed) this.#dial();
  }

  close(reason: string): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#link?.close(reason);
  }

  onUsable(): void {
    this.#owner.onLaneUp();
  }

  onGone(link: Link, reason: string): void {
    this.#link = undefined;
    if (this.#isClosed) return;
    const now = this.#context.now();
    const wasSteady = link.usableSince > 0 && now - link.usableSince > STEADY;
    const rests = wasSteady && now - link.lastUsed > this.#context.limits.rest;
    if (wasSteady) this.#failures = 0;
    if (!rests) this.#retry();
    this.#owner.onLaneDown(reason, rests);
  }

  #dial(): void {
    const { kind, endpoint } = this.#target;
    this.#link = new Link(this.#context, this, { kind, endpoint, isAccepted: false });
    dial(this.#context, this.#link, this.#target);
  }

  #retry(): void {
    const delay = this.#failures === 0 ? 0 : Math.min(FIRST_DELAY * 2 ** (this.#failures - 1), LONGEST_DELAY);
    this.#failures++;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.demand();
    }, delay);
  }
}
