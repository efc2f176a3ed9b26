/** What tests use of `node:test`, for running the same ones thousands of times: ends at the first failure. */

export class SmallHarness {
  #cases = [];

  /** In place of `node:test`. */
  get exports() {
    const test = (name, ...rest) => this.#cases.push({ name, run: rest.at(-1) });
    const describe = (_name, ...rest) => rest.at(-1)();
    return { test, it: test, describe, suite: describe };
  }

  /** The name of the first test that fails, or undefined. */
  async firstFailure() {
    const context = { diagnostic: () => undefined };
    for (const { name, run } of this.#cases.splice(0)) {
      try {
        await run(context);
      } catch {
        return name;
      }
    }
    return undefined;
  }
}
