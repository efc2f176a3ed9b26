/** Processes that try mutants. One that is not done in time is ended, with whatever loops in it, and replaced. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A mutant has many times as long as the same tests took without it. */
const PATIENCE = 8;
const LEAST_LIMIT_MS = 1_500;
/** Modules that were made for a mutant are not all let go of: now and then a process begins anew. */
const MUTANTS_PER_PROCESS = 150;

export class MutantPool {
  #jobs;
  #onDone;
  #done = 0;

  constructor(jobs, onDone) {
    this.#jobs = jobs;
    this.#onDone = onDone;
  }

  /** In the order given; outcomes are `killed`, `late` or `survived`. */
  async tryAll(mutants) {
    const results = new Array(mutants.length);
    let next = 0;
    const work = async () => {
      let tester = new Tester();
      while (next < mutants.length) {
        const index = next++;
        if (tester.isWornOut) tester = await tester.replaced();
        let result = await tester.try(mutants[index]);
        // Whether it was the mutant that took the process with it, another process shows.
        if (result.outcome === 'died') {
          tester = await tester.replaced();
          result = await tester.try(mutants[index]);
          if (result.isWithout) throw new Error(`without any mutant ${result.by}`);
        }
        const outcome = result.outcome === 'died' ? 'late' : result.outcome;
        results[index] = { ...mutants[index], ...result, outcome };
        this.#done += 1;
        this.#onDone(this.#done);
      }
      await tester.end();
    };
    await Promise.all(Array.from({ length: this.#jobs }, work));
    return results;
  }
}

class Tester {
  #process = fork(fileURLToPath(new URL('./mutant-process.mjs', import.meta.url)), {
    execArgv: ['--experimental-vm-modules', '--no-warnings'],
  });
  #tried = 0;
  #hasEnded = false;

  get isWornOut() {
    return this.#hasEnded || this.#tried >= MUTANTS_PER_PROCESS;
  }

  async replaced() {
    await this.end();
    return new Tester();
  }

  async end() {
    this.#hasEnded = true;
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await ended;
  }

  /** First the tests without a mutant, for which there is no limit. */
  async try(order) {
    this.#tried += 1;
    const warm = await this.#ask({ warmUp: order.target.tests }, Number.POSITIVE_INFINITY);
    if (warm.outcome === 'died') return { ...warm, isWithout: true };
    if (warm.outcome !== 'warm') throw new Error(warm.by);
    const result = await this.#ask(order, LEAST_LIMIT_MS + PATIENCE * warm.milliseconds);
    if (result.outcome === 'broken') throw new Error(`${order.target.file}:${order.mutant.line}: ${result.by}`);
    if (result.outcome === 'late' || result.outcome === 'died') await this.end();
    return result;
  }

  #ask(order, limit) {
    return new Promise((resolve) => {
      const timer = Number.isFinite(limit) && setTimeout(() => settle({ outcome: 'late', by: '' }), limit);
      const settle = (result) => {
        clearTimeout(timer);
        this.#process.off('exit', died);
        this.#process.off('message', settle);
        resolve(result);
      };
      const died = (code, signal) => settle({ outcome: 'died', by: `the process ended with ${signal ?? code}` });
      this.#process.once('message', settle);
      this.#process.once('exit', died);
      this.#process.send(order);
    });
  }
}
