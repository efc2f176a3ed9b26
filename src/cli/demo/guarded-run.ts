/** Runs a demo so that it cleans up after itself: at the end, after a failure, on a signal and when its parent dies. */
import { UndoStack } from '../../device/undo-stack.ts';
import { TerminationSignals } from '../up/termination-signals.ts';
import { DemoError } from './demo-error.ts';

/** Work in steps: leaves the inverse of each on `undo` and looks at `signal` between them. */
export type GuardedWork<Result> = (undo: UndoStack, signal: AbortSignal) => Promise<Result>;

/** Settles as the work does, when everything is cleaned up. Rejects with DemoError 'interrupted' on a signal. */
export async function runGuarded<Result>(work: GuardedWork<Result>): Promise<Result> {
  const termination = new TerminationSignals();
  const parent = new AbortController();
  const orphaned = (): void => parent.abort();
  const signal = AbortSignal.any([termination.signal, parent.signal]);
  const undo = new UndoStack();
  process.on('disconnect', orphaned);
  try {
    return await Promise.race([work(undo, signal), interruption(signal)]);
  } finally {
    await cleanUp(undo);
    process.off('disconnect', orphaned);
    termination.release();
  }
}

async function cleanUp(undo: UndoStack): Promise<void> {
  const [problem] = await undo.unwind();
  if (problem !== undefined) throw new DemoError('not-cleaned-up', `cleaning up: ${messageOf(problem)}`);
}

function messageOf(problem: unknown): string {
  return problem instanceof Error ? problem.message : 'unknown failure';
}

function interruption(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new DemoError('interrupted', 'interrupted')), { once: true });
  });
}
