/**
 * Choosing the AEAD at start: each implementation that runs here is tested, the sound ones are timed
 * on packets of full size, the first is taken unless another is much faster. This takes about a
 * tenth of a second, and also makes the engine compile the kernel well: before that, batches run 15
 * to 45 times slower.
 */
import type { Arena } from '../dataplane/arena.ts';
import type { AeadKernel, KernelName } from './kernel.ts';
import { KERNEL_NAMES } from './kernel.ts';
import { OpensslKernel } from './openssl/openssl-kernel.ts';
import { ReferenceKernel } from './reference/reference-kernel.ts';
import { findFault, SLOTS, TestBench } from './self-test.ts';
import { createWasmKernel } from './wasm/aead-kernel.ts';

const PACKET_BYTES = 1420;
/** WebAssembly is compiled well in the background once it has been in use for some 10 to 25 ms. */
const WASM_WARM_UP_MS = 35;
/** For what is compiled already, or hopeless. */
const OTHER_WARM_UP_MS = 5;
/** Batches of which the best counts; in turns, so that a busy moment meets all kernels. */
const ROUNDS = 20;
/**
 * How much faster a later candidate must be at full size to displace an earlier one: WebAssembly is
 * four times faster with small packets.
 */
const DISPLACE = 0.6;

/** A kernel was asked for by name and cannot be had. */
export class KernelUnavailableError extends Error {
  override readonly name = 'KernelUnavailableError';
  readonly code = 'ERR_KERNEL_UNAVAILABLE';
  readonly kernel: KernelName;
  readonly detail: string;

  constructor(kernel: KernelName, detail: string) {
    super(`the AEAD kernel "${kernel}" cannot be used: ${detail}`);
    this.kernel = kernel;
    this.detail = detail;
  }
}

/** What came of one implementation. */
export interface KernelReport {
  readonly name: KernelName;
  /** `not-tried`: another one made it pointless. */
  readonly outcome: 'passed' | 'failed' | 'unavailable' | 'not-tried';
  /** Why it failed or is unavailable. */
  readonly detail: string;
  /** To seal a packet of 1420 bytes, in batches; 0 if it was not timed. */
  readonly nanoseconds: number;
}

export interface KernelSelection {
  readonly kernel: AeadKernel;
  readonly report: readonly KernelReport[];
}

/** Makes one kernel by name, untested. Throws KernelUnavailableError. */
export function createAeadKernel(name: KernelName, arena: Arena): AeadKernel {
  try {
    const kernel = construct(name, arena);
    if (kernel !== undefined) return kernel;
  } catch (cause) {
    throw new KernelUnavailableError(name, cause instanceof Error ? cause.message : String(cause));
  }
  throw new KernelUnavailableError(name, 'the JavaScript engine lacks the instructions');
}

function construct(name: KernelName, arena: Arena): AeadKernel | undefined {
  switch (name) {
    case 'wasm-relaxed':
    case 'wasm-simd':
      return createWasmKernel(arena, name);
    case 'openssl':
      return new OpensslKernel(arena);
    case 'reference':
      return new ReferenceKernel(arena);
  }
}

/**
 * Tests, times and chooses. With `force` that kernel and no other, tested all the same; throws
 * KernelUnavailableError if it cannot be had. Without, there is always one: the reference.
 */
export function selectAeadKernel(arena: Arena, options: { readonly force?: KernelName } = {}): KernelSelection {
  const { force } = options;
  const bench = new TestBench(arena);
  const reference = new ReferenceKernel(arena);
  const trials: Trial[] = [];
  for (const name of force === undefined ? KERNEL_NAMES : [force]) {
    trials.push(isPointless(name, trials, force) ? notTried(name) : tryKernel(name, arena, reference, bench));
  }
  measure(trials, bench);
  const report = trials.map(({ name, outcome, detail, nanoseconds }) => ({ name, outcome, detail, nanoseconds }));
  const kernel = best(trials);
  if (kernel !== undefined) return { kernel, report };
  throw new KernelUnavailableError(force ?? 'reference', report.map((row) => row.detail).join('; '));
}

interface Trial extends KernelReport {
  /** Present if it passed. */
  readonly kernel?: AeadKernel;
  nanoseconds: number;
}

/** Plain SIMD where relaxed SIMD runs; the reference where anything runs. */
function isPointless(name: KernelName, trials: readonly Trial[], force: KernelName | undefined): boolean {
  if (force !== undefined) return false;
  const passed = trials.filter((trial) => trial.outcome === 'passed').map((trial) => trial.name);
  if (name === 'wasm-simd') return passed.includes('wasm-relaxed');
  return name === 'reference' && passed.length > 0;
}

function notTried(name: KernelName): Trial {
  return { name, outcome: 'not-tried', detail: '', nanoseconds: 0 };
}

function tryKernel(name: KernelName, arena: Arena, reference: AeadKernel, bench: TestBench): Trial {
  try {
    const kernel = createAeadKernel(name, arena);
    const fault = findFault(kernel, reference, bench);
    if (fault !== undefined) return { name, outcome: 'failed', detail: fault, nanoseconds: 0 };
    return { kernel, name, outcome: 'passed', detail: '', nanoseconds: 0 };
  } catch (error) {
    if (!(error instanceof KernelUnavailableError)) throw error;
    return { name, outcome: 'unavailable', detail: error.detail, nanoseconds: 0 };
  }
}

/** The first sound one, unless a later one is much faster. */
function best(trials: readonly Trial[]): AeadKernel | undefined {
  let chosen: Trial | undefined;
  for (const trial of trials) {
    if (trial.kernel === undefined) continue;
    if (chosen === undefined || trial.nanoseconds < DISPLACE * chosen.nanoseconds) chosen = trial;
  }
  return chosen?.kernel;
}

/** In a thread that has not chosen it: makes the engine compile it well. */
export function warmUpKernel(kernel: AeadKernel, arena: Arena): void {
  const bench = new TestBench(arena);
  fill(bench);
  warmUp(kernel, bench);
}

function fill(bench: TestBench): void {
  const counter = new Uint8Array(8);
  for (let index = 0; index < SLOTS; index += 1)
    bench.setJob(index, { source: index, target: index, length: PACKET_BYTES, counter });
}

/** Fills in the nanoseconds of the sound ones. */
function measure(trials: readonly Trial[], bench: TestBench): void {
  fill(bench);
  for (const { kernel } of trials) if (kernel !== undefined) warmUp(kernel, bench);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const trial of trials) {
      if (trial.kernel === undefined) continue;
      const nanoseconds = Math.round(timeSeal(trial.kernel, bench));
      trial.nanoseconds = round === 0 ? nanoseconds : Math.min(trial.nanoseconds, nanoseconds);
    }
  }
}

/** Both directions. What `open` gets is what `seal` left, so it is authentic. */
function warmUp(kernel: AeadKernel, bench: TestBench): void {
  const isWasm = kernel.name === 'wasm-relaxed' || kernel.name === 'wasm-simd';
  const end = performance.now() + (isWasm ? WASM_WARM_UP_MS : OTHER_WARM_UP_MS);
  do {
    kernel.seal(bench.key, bench.jobs, SLOTS);
    kernel.open(bench.key, bench.jobs, SLOTS);
  } while (performance.now() < end);
}

/** Nanoseconds a packet. */
function timeSeal(kernel: AeadKernel, bench: TestBench): number {
  const start = performance.now();
  kernel.seal(bench.key, bench.jobs, SLOTS);
  return ((performance.now() - start) * 1e6) / SLOTS;
}
