/** What is fuzzed, and how an input is judged. */

/** Tells the engine something worth telling inputs apart by, beyond the branches they take. */
export type Note = (feature: number) => void;

/** Runs one input; throws when the code under test did something wrong. */
export type Probe = (input: Uint8Array, note: Note) => void;

export interface FuzzTarget {
  /** Inputs to begin with, a few good ones. */
  readonly seeds: readonly (Uint8Array | string)[];
  /** Beside the strings in the code. */
  readonly words?: readonly string[];
  /** Longest input. */
  readonly longest?: number;
  /** What V8 and its buffers may grow by in one input; anything more is unbounded. */
  readonly heapBytes?: number;
  /** Of one input, on an idle machine. */
  readonly milliseconds?: number;
  readonly probe: Probe;
}

export const DEFAULTS = { longest: 4096, heapBytes: 96 * 1024 * 1024, milliseconds: 1500 } as const;

/** A promise of the code that an input broke. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
}

/** Breaks off when `condition` does not hold. */
export function promise(condition: boolean, what: string): asserts condition {
  if (!condition) throw new BrokenPromise(what);
}

/**
 * The value, or undefined where `run` refused with one of the `errors`, as it may: with a stable code and a
 * message of one printable line. Any other error passes through, and is a crash.
 */
export function typed<T>(
  run: () => T,
  ...errors: readonly (abstract new (
    ...args: never[]
  ) => Error)[]
): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!errors.some((type) => error instanceof type)) throw error;
    checkRefusal(error as Error & { readonly code?: unknown });
    return undefined;
  }
}

const LONGEST_MESSAGE = 16_384;

function checkRefusal({ message, code }: Error & { readonly code?: unknown }): void {
  promise(typeof code === 'string' && code.length > 0, `an error without a code: ${message}`);
  promise(message.length > 0 && message.length <= LONGEST_MESSAGE, `an error message of ${message.length} characters`);
  promise(!/\p{Cc}/u.test(message), `an error message with control characters: ${JSON.stringify(message)}`);
}
