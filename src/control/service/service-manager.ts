/**
 * The service manager that started this process, if it wants to hear from it: systemd, or another one
 * that speaks the protocol of sd_notify(3). It is told when packets flow, what the tunnel is doing, and
 * at intervals that it still does (sd_watchdog_enabled(3)). A manager that cannot be told is no reason
 * to end a tunnel: it gets one warning.
 */
import { NotifySocket } from '../../platform/linux/notify-socket.ts';

export interface ServiceManagerOptions {
  /** NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID are read. */
  readonly environment: NodeJS.ProcessEnv;
  readonly onWarning: (warning: string) => void;
}

/** What the watchdog is fed with, at each of its intervals. */
export interface Vitals {
  /** Whether the data plane has turned since the last call. */
  heartbeat(): boolean;
  /** One line for people. */
  status(): string;
}

/** How often the status is looked at where there is no watchdog, milliseconds. */
const STATUS_INTERVAL = 30_000;
/** Under this, timers of a busy machine come too late anyway, milliseconds. */
const SHORTEST_INTERVAL = 50;
/** BOUNDED: a status is one short line. */
const STATUS_CHARACTERS = 200;

export class ServiceManager {
  readonly #socket: NotifySocket;
  readonly #onWarning: (warning: string) => void;
  /** Milliseconds between two signs of life; undefined where nobody waits for them. */
  readonly #watchdogInterval: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastStatus = '';
  #warned = false;
  #hangs = false;

  /** Undefined where no service manager listens. */
  static find(options: ServiceManagerOptions): ServiceManager | undefined {
    const address = options.environment.NOTIFY_SOCKET ?? '';
    if (address === '') return undefined;
    try {
      return new ServiceManager(new NotifySocket(address), options);
    } catch (error) {
      options.onWarning(`NOTIFY_SOCKET: ${String(error)}; the service manager is not told anything`);
      return undefined;
    }
  }

  private constructor(socket: NotifySocket, { environment, onWarning }: ServiceManagerOptions) {
    this.#socket = socket;
    this.#onWarning = onWarning;
    this.#watchdogInterval = watchdogInterval(environment);
  }

  /** Packets flow, again after `reloading`. */
  ready(): void {
    this.#send('READY=1');
  }

  /** The configuration is being changed; `ready` ends it. */
  reloading(): void {
    this.#send('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  }

  stopping(reason: string): void {
    this.#stopTimer();
    this.#send('STOPPING=1', statusLine(`Stopping: ${reason}`));
  }

  /** Starting goes on, but nothing will happen for `milliseconds`: the timeout for starting is put off. */
  waiting(status: string, milliseconds: number): void {
    this.#send(statusLine(status), `EXTEND_TIMEOUT_USEC=${Math.ceil(milliseconds * 1000)}`);
  }

  /** Tells the status now and whenever it has changed, and feeds the watchdog while there is a heartbeat. */
  watch(vitals: Vitals): void {
    this.#stopTimer();
    this.#feed(vitals);
    this.#timer = setInterval(() => this.#feed(vitals), this.#watchdogInterval ?? STATUS_INTERVAL);
  }

  close(): void {
    this.#stopTimer();
    this.#socket.close();
  }

  #feed(vitals: Vitals): void {
    const alive = vitals.heartbeat();
    if (!alive && !this.#hangs) this.#onWarning('the data plane does not answer');
    this.#hangs = !alive;
    const status = alive ? vitals.status() : 'The data plane does not answer';
    const news = status === this.#lastStatus ? [] : [statusLine(status)];
    this.#lastStatus = status;
    this.#send(...(alive && this.#watchdogInterval !== undefined ? ['WATCHDOG=1'] : []), ...news);
  }

  #stopTimer(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #send(...assignments: readonly string[]): void {
    if (assignments.length === 0) return;
    try {
      this.#socket.send(assignments);
    } catch (error) {
      if (!this.#warned) this.#onWarning(String(error));
      this.#warned = true;
    }
  }
}

/** Half of what the manager allows, as sd_watchdog_enabled(3) advises. */
function watchdogInterval({ WATCHDOG_USEC, WATCHDOG_PID }: NodeJS.ProcessEnv): number | undefined {
  if (WATCHDOG_USEC === undefined || !/^[1-9]\d{0,15}$/.test(WATCHDOG_USEC)) return undefined;
  if (WATCHDOG_PID !== undefined && WATCHDOG_PID !== String(process.pid)) return undefined;
  const half = Number(WATCHDOG_USEC) / 2000;
  // The longest time that a timer of Node.js can have.
  return Math.min(Math.max(half, SHORTEST_INTERVAL), 0x7fff_ffff);
}

/** A line break would begin another assignment. */
function statusLine(text: string): string {
  return `STATUS=${text.replace(/\s+/g, ' ').slice(0, STATUS_CHARACTERS)}`;
}
