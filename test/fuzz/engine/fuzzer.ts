/**
 * The loop: take a kept input, change it, run it, keep it if it showed something new. Given the same seed,
 * number of executions and code, it does the same.
 */
import type { CoverageMap } from './coverage-map.ts';
import { judge } from './guarded-probe.ts';
import { Mutator } from './mutator.ts';
import type { FuzzTarget } from './target.ts';
import { DEFAULTS } from './target.ts';

export interface FuzzBudget {
  readonly seed: number;
  readonly seconds: number;
  /** Ends the run earlier. */
  readonly executions: number;
}

export interface Crash {
  readonly input: Uint8Array;
  readonly error: Error;
}

export interface FuzzResult {
  readonly executions: number;
  readonly seconds: number;
  readonly branches: { readonly taken: number; readonly all: number };
  /** The fewest inputs that show all that was shown. */
  readonly corpus: readonly Uint8Array[];
  readonly crashes: readonly Crash[];
}

/** Different faults, told apart by what they say and where they come from. */
const MOST_CRASHES = 10;
/** Tries to make one kept input smaller. */
const TRIM_TRIES = 48;
/** How often the clock is read. */
const CLOCK_EVERY = 16;

export class Fuzzer {
  readonly #target: FuzzTarget;
  readonly #map: CoverageMap;
  readonly #mutator: Mutator;
  /** BOUNDED by the branches there are, times eight. */
  readonly #kept: Uint8Array[] = [];
  /** By fault. BOUNDED by MOST_CRASHES. */
  readonly #crashes = new Map<string, Crash>();
  readonly #onInput: (input: Uint8Array) => void;
  #executions = 0;

  /** @param onInput hears of each input before it runs, for a watchdog */
  constructor(target: FuzzTarget, map: CoverageMap, seed: number, onInput: (input: Uint8Array) => void) {
    const words = [...(target.words ?? []), ...map.words].map((word) => new TextEncoder().encode(word));
    this.#target = target;
    this.#map = map;
    this.#mutator = new Mutator(seed, words, [...map.numbers], target.longest ?? DEFAULTS.longest);
    this.#onInput = onInput;
  }

  /** @param inputs to begin with */
  run(inputs: readonly Uint8Array[], budget: FuzzBudget): FuzzResult {
    const start = performance.now();
    const end = start + budget.seconds * 1000;
    for (const input of [new Uint8Array(0), ...inputs]) this.#try(input);
    while (this.#executions < budget.executions && this.#crashes.size < MOST_CRASHES) {
      if (this.#executions % CLOCK_EVERY === 0 && performance.now() >= end) break;
      this.#try(this.#mutator.mutate(this.#choose(), this.#choose()));
    }
    const seconds = (performance.now() - start) / 1000;
    const executions = this.#executions;
    const branches = this.#map.branches();
    return { executions, seconds, branches, corpus: this.#fewest(), crashes: [...this.#crashes.values()] };
  }

  /** The newest are the likeliest to lead on. */
  #choose(): Uint8Array {
    const count = this.#kept.length;
    const recent = Math.min(count, 16);
    const index = this.#mutator.below(4) === 0 ? count - 1 - this.#mutator.below(recent) : this.#mutator.below(count);
    return this.#kept[index] ?? new Uint8Array(0);
  }

  #try(input: Uint8Array): void {
    if (this.#execute(input) || this.#kept.length === 0) this.#kept.push(input);
  }

  /** Whether it showed anything new. Crashes are noted and lead nowhere. */
  #execute(input: Uint8Array): boolean {
    this.#executions++;
    this.#onInput(input);
    this.#map.clear();
    const error = judge(this.#target, input, (feature) => this.#map.note(feature));
    if (error === undefined) return this.#map.takeNews() > 0;
    const fault = `${error.message.slice(0, 16)} ${error.stack
      ?.split('\n')
      .filter((line) => /^ {4}at /.test(line))
      .slice(0, 4)
      .join()}`;
    if (!this.#crashes.has(fault)) this.#crashes.set(fault, { input: this.#trimCrash(input, error), error });
    return false;
  }

  /** The smallest copy found that breaks in the same way. */
  #trimCrash(input: Uint8Array, { message }: Error): Uint8Array {
    const same = message.slice(0, 16);
    return trim(input, (smaller) => {
      this.#onInput(smaller);
      const error = judge(this.#target, smaller, () => undefined);
      return error?.message.slice(0, 16) === same;
    });
  }

  /** Greedy cover: smallest inputs first, each kept if nothing before it shows all of what it shows. */
  #fewest(): Uint8Array[] {
    const shown = new Set<number>();
    const chosen: Uint8Array[] = [];
    for (const input of [...this.#kept].sort((a, b) => a.length - b.length)) {
      const own = this.#featuresOf(input);
      if (own.every((feature) => shown.has(feature))) continue;
      const missing = own.filter((feature) => !shown.has(feature));
      chosen.push(trim(input, (smaller) => this.#hasAll(smaller, missing)));
      for (const feature of own) shown.add(feature);
    }
    return chosen;
  }

  #hasAll(input: Uint8Array, features: readonly number[]): boolean {
    const own = new Set(this.#featuresOf(input));
    return features.every((feature) => own.has(feature));
  }

  #featuresOf(input: Uint8Array): number[] {
    this.#onInput(input);
    this.#map.clear();
    const error = judge(this.#target, input, (feature) => this.#map.note(feature));
    return error === undefined ? this.#map.features() : [];
  }
}

/** Takes pieces out, large ones first, as long as `isGood`. */
function trim(input: Uint8Array, isGood: (smaller: Uint8Array) => boolean): Uint8Array {
  let best = input;
  let tries = 0;
  for (let piece = best.length >> 1; piece > 0 && tries < TRIM_TRIES; piece >>= 1) {
    for (let from = 0; from < best.length && tries < TRIM_TRIES; tries++) {
      const smaller = new Uint8Array(Buffer.concat([best.subarray(0, from), best.subarray(from + piece)]));
      if (isGood(smaller)) best = smaller;
      else from += piece;
    }
  }
  return best;
}
