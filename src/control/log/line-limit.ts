/**
 * How many lines a log takes, so that nobody who sends us datagrams can fill a disk with it. Lines of one
 * shape share a bucket: they differ in numbers and addresses only. A second bucket is for all together. What
 * is left out is counted, and told with the next line of that shape.
 */

interface Bucket {
  tokens: number;
  at: number;
  /** Lines left out since the last that was let through. */
  skipped: number;
}

export interface LineLimits {
  /** Lines at once, and per second in the long run. */
  readonly burst: number;
  readonly rate: number;
}

/** One peer that comes and goes is told completely; a flood from nowhere is one line in five seconds. */
const OF_ONE_SHAPE: LineLimits = { burst: 20, rate: 0.2 };
/** With some 150 bytes a line: at most 260 MB a day, whatever happens. */
const OF_ALL: LineLimits = { burst: 500, rate: 20 };

/** BOUNDS the shapes that are remembered; the oldest is forgotten. Peers have shapes of their own. */
const MAX_SHAPES = 1024;

export class LineLimit {
  readonly #now: () => number;
  /** BOUNDED by MAX_SHAPES. */
  readonly #shapes = new Map<string, Bucket>();
  readonly #all: Bucket = { tokens: OF_ALL.burst, at: 0, skipped: 0 };

  /** @param now milliseconds, never going back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#all.at = now();
  }

  /** Whether this line may be written, and how many like it were left out before; undefined: it may not. */
  admit(text: string): number | undefined {
    const now = this.#now();
    const shape = this.#bucketOf(shapeOf(text), now);
    refill(shape, OF_ONE_SHAPE, now);
    refill(this.#all, OF_ALL, now);
    if (shape.tokens < 1 || this.#all.tokens < 1) {
      shape.skipped += 1;
      return undefined;
    }
    shape.tokens -= 1;
    this.#all.tokens -= 1;
    const { skipped } = shape;
    shape.skipped = 0;
    return skipped;
  }

  #bucketOf(shape: string, now: number): Bucket {
    const known = this.#shapes.get(shape);
    if (known !== undefined) return known;
    const [oldest] = this.#shapes.keys();
    if (this.#shapes.size >= MAX_SHAPES && oldest !== undefined) this.#shapes.delete(oldest);
    const fresh = { tokens: OF_ONE_SHAPE.burst, at: now, skipped: 0 };
    this.#shapes.set(shape, fresh);
    return fresh;
  }
}

function refill(bucket: Bucket, { burst, rate }: LineLimits, now: number): void {
  bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * rate);
  bucket.at = now;
}

/** What anybody can make different without being anyone: addresses, ports, counts. A peer's name stays. */
function shapeOf(text: string): string {
  const peer = /^peer \S+/.exec(text)?.[0] ?? '';
  const rest = text.slice(peer.length).replaceAll(/<[a-z]+ [0-9a-f]+>|[0-9a-f]*[:.][0-9a-f:.]+|\d+/gi, '#');
  return peer + rest;
}
