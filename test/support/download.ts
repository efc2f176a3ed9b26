/** A paced, checksummed download through a tunnel, and what the receiver saw of it over time. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import type { BackgroundProcess } from './command.ts';
import type { DownloadReport } from './download-program.ts';
import type { Scope } from './scope.ts';
import type { TunnelEnd } from './tunnel-pair.ts';
import { waitFor } from './wait.ts';

const PROGRAM = fileURLToPath(new URL('./download-program.js', import.meta.url));
const PORT = '7009';
const NEEDED_BUCKETS = 5;

export interface DownloadPace {
  readonly bytesPerSecond: number;
  readonly seconds: number;
}

export class Download {
  readonly #sender: BackgroundProcess;
  readonly #receiver: BackgroundProcess;
  readonly #pace: DownloadPace;

  private constructor(sender: BackgroundProcess, receiver: BackgroundProcess, pace: DownloadPace) {
    this.#sender = sender;
    this.#receiver = receiver;
    this.#pace = pace;
  }

  /** From `server` to `client`, which listens. */
  static async start(scope: Scope, server: TunnelEnd, client: TunnelEnd, pace: DownloadPace): Promise<Download> {
    const place = [client.inner[4], PORT];
    const receiver = client.host.namespace.spawn(process.execPath, [PROGRAM, 'receive', ...place], {}, scope);
    await waitFor('the receiver to listen', () => receiver.output.includes('listening'), {
      explain: () => receiver.output,
    });
    const amount = [String(pace.bytesPerSecond * pace.seconds), String(pace.bytesPerSecond)];
    const sender = server.host.namespace.spawn(process.execPath, [PROGRAM, 'send', ...place, ...amount], {}, scope);
    return new Download(sender, receiver, pace);
  }

  /** Waits for its end and checks that everything came as it was sent. */
  async finish(timeoutMs: number, explain: () => string): Promise<DownloadTimeline> {
    const hasEnded = (): boolean => this.#sender.hasExited && this.#receiver.hasExited;
    await waitFor('the download to end', hasEnded, { timeoutMs, explain });
    const sent = parse<{ readonly bytes: number; readonly sha256: string }>(this.#sender.output);
    const received = parse<DownloadReport>(this.#receiver.output);
    assert.deepEqual([received.bytes, received.sha256], [sent.bytes, sent.sha256]);
    return new DownloadTimeline(received, this.#pace.bytesPerSecond);
  }
}

export class DownloadTimeline {
  readonly #report: DownloadReport;
  readonly #pace: number;

  constructor(report: DownloadReport, pace: number) {
    this.#report = report;
    this.#pace = pace;
  }

  /** Longest time without a byte that ended after `since`, milliseconds. */
  longestGap(since = 0, until = Number.POSITIVE_INFINITY): number {
    const { gaps } = this.#report;
    const relevant = gaps.filter(({ at, length }) => at + length >= since && at <= until);
    return Math.max(0, ...relevant.map(({ length }) => length));
  }

  /**
   * Milliseconds from `since` until bytes come at half the pace or more for half a second; undefined
   * where that does not happen again.
   */
  slowFor(since: number): number | undefined {
    const { buckets, bucketMs, began } = this.#report;
    const first = Math.ceil((since - began) / bucketMs);
    const enough = (this.#pace * bucketMs * NEEDED_BUCKETS) / 2000;
    for (let bucket = first; bucket + NEEDED_BUCKETS <= buckets.length; bucket++) {
      const sum = buckets.slice(bucket, bucket + NEEDED_BUCKETS).reduce((total, bytes) => total + bytes, 0);
      if (sum >= enough) return began + bucket * bucketMs - since;
    }
    return undefined;
  }
}

function parse<T>(output: string): T {
  const line = output.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`no report in: ${output}`);
  return JSON.parse(line) as T;
}
