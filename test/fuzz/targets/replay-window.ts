/** The replay window against the rule itself, with whole numbers of any size and a set of what was seen. */
import { REPLAY_WINDOW } from '../../../src/protocol/constants.ts';
import { ReplayWindow } from '../../../src/protocol/session/replay-window.ts';
import { ByteScript } from '../engine/byte-script.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise } from '../engine/target.ts';

/** 2^64 - 2^13 - 1 (paper 6.1). */
const REJECT_AT = 2n ** 64n - 2n ** 13n - 1n;
const WINDOW = BigInt(REPLAY_WINDOW);

class SlowWindow {
  readonly #seen = new Set<bigint>();
  #newest = 0n;

  accept(counter: bigint): boolean {
    if (counter >= REJECT_AT || counter + WINDOW < this.#newest || this.#seen.has(counter)) return false;
    this.#seen.add(counter);
    if (counter > this.#newest) this.#newest = counter;
    return true;
  }

  get newest(): bigint {
    return this.#newest;
  }
}

/** Near the newest, near the edges of the window and of the numbers, or anywhere. */
function nextCounter(script: ByteScript, newest: bigint): bigint {
  const step = BigInt(script.uint16());
  switch (script.below(7)) {
    case 0:
      return newest + step;
    case 1:
      return newest - step;
    case 2:
      return newest - WINDOW + step - 32n;
    case 3:
      return newest + (step << 16n);
    case 4:
      return REJECT_AT - step;
    case 5:
      return (1n << BigInt(script.below(64))) + step - 8n;
    default:
      return (BigInt(script.uint32()) << 32n) | BigInt(script.uint32());
  }
}

export const target: FuzzTarget = {
  seeds: [Buffer.from([1, 0, 0, 1, 0, 0, 1, 0, 1, 64, 31, 2]), Buffer.alloc(60, 3)],
  longest: 512,
  probe: (input, note) => {
    const script = new ByteScript(input);
    const window = new ReplayWindow();
    const slow = new SlowWindow();
    while (!script.isOver) {
      const counter = BigInt.asUintN(64, nextCounter(script, slow.newest));
      const [high, low] = [Number(counter >> 32n), Number(counter & 0xffff_ffffn)];
      const expected = slow.accept(counter);
      promise(window.accept(high, low) === expected, `counter ${counter}, newest ${slow.newest}: not ${expected}`);
      note((expected ? 1 : 0) + 2 * (Number(slow.newest) > 2 ** 53 ? 1 : 0));
    }
  },
};
