/** Connections that we make to a peer. */
import type { StreamTarget } from '../stream-target.ts';
import type { Bundle } from './bundle.ts';
import type { HubContext } from './hub-context.ts';
import type { LaneOwner } from './lane.ts';
import { Lane } from './lane.ts';
import type { Link } from './link.ts';

/** Milliseconds that a connection may take nothing before flows move to another. */
const STALLED = 1500;

export class OutgoingBundle implements Bundle, LaneOwner {
  readonly #context: HubContext;
  readonly #id: number;
  readonly #target: StreamTarget;
  /** BOUNDED by MAX_CONNECTIONS. */
  readonly #lanes: readonly Lane[];
  #usable: Link[] = [];
  #reported: 'up' | 'down' | undefined;
  #connects = 0;

  /** Makes the first connection; the others are made when a flow needs them. */
  constructor(context: HubContext, id: number, target: StreamTarget) {
    this.#context = context;
    this.#id = id;
    this.#target = target;
    this.#lanes = Array.from({ length: target.connections }, () => new Lane(context, target, this));
    this.#lanes[0].demand();
  }

  /** What comes while a connection is being made waits for it; its queue drops the oldest. */
  choose(flow: number): Link | undefined {
    const lane = this.#lanes[(flow >>> 0) % this.#lanes.length];
    lane.demand();
    const usable = this.#usable;
    const own = lane.link;
    if (usable.length === 0) return own ?? this.#lanes.find(({ link }) => link !== undefined)?.link;
    return own !== undefined && usable.includes(own) ? own : usable[(flow >>> 0) % usable.length];
  }

  refresh(now: number): void {
    const links = this.#lanes.flatMap(({ link, isUsable }) => (isUsable && link !== undefined ? [link] : []));
    const moving = links.filter((link) => !link.isStalled(now, STALLED));
    this.#usable = moving.length > 0 ? moving : links;
  }

  close(reason: string): void {
    for (const lane of this.#lanes) lane.close(reason);
  }

  onLaneUp(): void {
    this.#connects++;
    for (const { link } of this.#lanes) link?.label(this.#id);
    this.#look();
    if (this.#reported === 'up') return;
    this.#reported = 'up';
    this.#context.post({ kind: 'up', bundle: this.#id, endpoint: { ...this.#target.endpoint, bundle: this.#id } });
  }

  onLaneDown(reason: string, rests: boolean): void {
    this.#look();
    if (this.#usable.length > 0 || rests || this.#reported === 'down') return;
    this.#reported = 'down';
    this.#context.post({ kind: 'down', bundle: this.#id, reason });
  }

  #look(): void {
    this.refresh(this.#context.now());
    this.#context.post({ kind: 'links', bundle: this.#id, up: this.#usable.length, connects: this.#connects });
  }
}
