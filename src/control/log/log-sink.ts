/**
 * Where the lines of a log leave the process. A tunnel outlives its log: a full disk, a pipe whose reader is
 * gone, a terminal that was stopped cost lines and nothing else. They are counted, and as soon as lines can
 * be written again the first one says how many are missing, and why.
 */

/** Takes the beginning of `bytes`, without waiting: returns how much, 0 while nothing fits. Throws with a `code`. */
export type WriteSome = (bytes: Uint8Array) => number;

export interface LogSinkOptions {
  /** The line, with its end, that tells of `lost` lines. */
  readonly lossNotice: (lost: number, reason: string) => string;
  /** Bytes that wait for a slow reader; more are lost. */
  readonly backlogBytes?: number;
  /** Milliseconds until a slow reader is tried again. */
  readonly retryInterval?: number;
}

const BACKLOG_BYTES = 256 * 1024;
const RETRY_INTERVAL_MS = 250;

export class LogSink {
  readonly #writeSome: WriteSome;
  readonly #options: Required<LogSinkOptions>;
  /** Lines, the first one perhaps in part. BOUNDED by `backlogBytes`. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #lost = 0;
  #reason = '';
  /** The last line got out in part only, so the next one has to begin anew. */
  #isTorn = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(writeSome: WriteSome, options: LogSinkOptions) {
    this.#writeSome = writeSome;
    this.#options = { backlogBytes: BACKLOG_BYTES, retryInterval: RETRY_INTERVAL_MS, ...options };
  }

  /** Lines that were lost and have not been told of. */
  get lost(): number {
    return this.#lost;
  }

  /** One line with its end. Never throws and never waits. */
  write(line: string): void {
    if (this.#waiting.length === 0) this.#tellOfLoss();
    this.#push(line);
    this.#drain();
  }

  /** A last try; what does not get out now is lost. */
  close(): void {
    clearTimeout(this.#timer);
    this.#drain();
    clearTimeout(this.#timer);
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #push(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#waitingBytes + bytes.length > this.#options.backlogBytes) {
      this.#lose(1, 'the reader is too slow');
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  /** The count begins anew: if this line is lost too, it counts for those that it speaks of. */
  #tellOfLoss(): void {
    if (this.#lost === 0) return;
    const notice = Buffer.from(`${this.#isTorn ? '\n' : ''}${this.#options.lossNotice(this.#lost, this.#reason)}`);
    try {
      const written = this.#writeSome(notice);
      if (written === 0) return;
      this.#lost = 0;
      this.#isTorn = false;
      if (written < notice.length) this.#waiting.push(notice.subarray(written));
    } catch (error) {
      this.#reason = reasonOf(error);
    }
  }

  #drain(): void {
    try {
      while (this.#waiting.length > 0 && this.#writeFirst());
      if (this.#waiting.length > 0) this.#retryLater();
    } catch (error) {
      this.#lose(this.#waiting.length, reasonOf(error));
      this.#waiting = [];
      this.#waitingBytes = 0;
    }
  }

  /** Whether something of it got out. */
  #writeFirst(): boolean {
    const [first] = this.#waiting;
    if (first === undefined) return true;
    const written = this.#writeSome(first);
    if (written === 0) return false;
    this.#isTorn = written < first.length;
    if (this.#isTorn) this.#waiting[0] = first.subarray(written);
    else this.#waiting.shift();
    this.#waitingBytes -= written;
    return true;
  }

  #lose(lines: number, reason: string): void {
    this.#lost += lines;
    this.#reason = reason;
  }

  #retryLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#drain();
      if (this.#waiting.length === 0) this.#tellOfLoss();
    }, this.#options.retryInterval);
    this.#timer.unref();
  }
}

function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return code ?? (error instanceof Error ? error.message : String(error));
}
