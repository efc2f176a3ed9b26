/**
 * The loop that keeps the protocol core and the engine in step: what the engine saw goes into the
 * core, what the core decided goes to the engine, and one timer waits for the core's next deadline.
 * The core itself has neither clock nor timer.
 */
import type { Engine } from '../dataplane/engine.ts';
import type { EngineEvent } from '../protocol/engine-port.ts';
import type { Moment } from '../protocol/time.ts';
import type { Tunnel } from '../protocol/tunnel.ts';
import type { TunnelEvent } from '../protocol/tunnel-event.ts';

/** The part of the core that moves; what is not here is configuration. */
export type Core = Pick<Tunnel, 'handleEvent' | 'handleTimeout' | 'nextDeadline' | 'pollCommands' | 'pollEvents'>;

/**
 * Longest sleep. Node's timers stand still while the machine sleeps and the core's clock does not,
 * so after a suspend no deadline is missed by more than this.
 */
const LONGEST_SLEEP_MS = 5000;

export class CoreDriver<C extends Core = Core> {
  readonly #core: C;
  readonly #engine: Pick<Engine, 'execute'>;
  readonly #clock: () => Moment;
  readonly #onEvent: (event: TunnelEvent) => void;
  #timer: NodeJS.Timeout | undefined;
  #flushing = false;
  #stopped = false;

  constructor(core: C, engine: Pick<Engine, 'execute'>, clock: () => Moment, onEvent: (event: TunnelEvent) => void) {
    this.#core = core;
    this.#engine = engine;
    this.#clock = clock;
    this.#onEvent = onEvent;
  }

  /** Lets `action` change the core, then passes on what follows from it. */
  run<Result>(action: (core: C, now: Moment) => Result): Result {
    const result = action(this.#core, this.#clock());
    this.#flush();
    return result;
  }

  /** From the engine, in order. */
  handleEvents(events: readonly EngineEvent[]): void {
    if (this.#stopped) return;
    this.run((core, now) => {
      for (const event of events) core.handleEvent(event, now);
    });
  }

  /** No timer fires and no event is taken after this. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** An engine in this thread may answer from inside `execute`; its events are taken by the loop already running. */
  #flush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    try {
      for (let commands = this.#core.pollCommands(); commands.length > 0; commands = this.#core.pollCommands()) {
        this.#engine.execute(commands);
      }
    } finally {
      this.#flushing = false;
    }
    for (const event of this.#core.pollEvents()) this.#onEvent(event);
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const deadline = this.#core.nextDeadline();
    if (this.#stopped || deadline === undefined) return;
    const wait = Math.min(Math.max(deadline - this.#clock().at, 0), LONGEST_SLEEP_MS);
    // The core decides what is due; waking early costs nothing but the look.
    this.#timer = setTimeout(() => this.run((core, now) => core.handleTimeout(now)), Math.ceil(wait));
  }
}
