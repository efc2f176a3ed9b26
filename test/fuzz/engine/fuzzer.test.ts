import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CoverageMap } from './coverage-map.ts';
import { Fuzzer } from './fuzzer.ts';
import { decodeInput, encodeInput } from './input-file.ts';
import { instrument } from './instrument.ts';
import type { FuzzTarget } from './target.ts';
import { promise, typed } from './target.ts';

/** Faults behind four comparisons: chance alone would need four thousand million tries. */
const MAZE = `
export function maze(bytes) {
  if (bytes[0] === 0x41 && bytes[1] === 0x57) {
    switch (bytes[2]) {
      case 0x47:
        return bytes[3] === 0x21 ? fail() : 'close';
      case 1: return 'elsewhere';
    }
  }
  for (const byte of bytes) if (byte > 250) return [byte].map((value) => value + 1)[0] ?? 'never';
  return bytes.length > 3 ? { a: 1 } : (() => ({ a: bytes.length }))();
}
function fail() { throw new TypeError('found'); }
`;

type Maze = { readonly maze: (bytes: Uint8Array) => unknown };

async function load(code: string): Promise<Maze> {
  return (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as Maze;
}

async function countedMaze(map: CoverageMap): Promise<FuzzTarget> {
  map.install();
  const { maze } = await load(instrument(MAZE, 'maze.js'));
  return { seeds: [], longest: 8, probe: (input) => void maze(input) };
}

const BUDGET = { seed: 3, seconds: 20, executions: 200_000 };

test('coverage leads to a fault that chance would not find', async () => {
  const map = new CoverageMap();
  const target = await countedMaze(map);
  const fuzzer = new Fuzzer(target, map, BUDGET.seed, () => undefined);
  const { crashes, corpus } = fuzzer.run([], BUDGET);
  assert.deepEqual(
    crashes.map(({ error, input }) => [error.message, Buffer.from(input.subarray(0, 4)).toString()]),
    [['found', 'AWG!']],
  );
  assert.ok(corpus.length >= 3, `${corpus.length} inputs kept`);
});

test('the same seed does the same', async () => {
  const runs = [];
  for (let run = 0; run < 2; run++) {
    const map = new CoverageMap();
    const target = await countedMaze(map);
    const { corpus, branches } = new Fuzzer(target, map, 1, () => undefined).run([], { ...BUDGET, executions: 3000 });
    runs.push({ corpus, branches });
  }
  assert.deepEqual(runs[0], runs[1]);
});

test('what is counted does what it did before', async () => {
  new CoverageMap().install();
  const [plain, counted] = [await load(MAZE), await load(instrument(MAZE, 'other.js'))];
  for (const input of [[], [1, 2], [0x41, 0x57, 1], [0x41, 0x57, 0x47], [255], [1, 2, 3, 4]])
    assert.deepEqual(counted.maze(Uint8Array.from(input)), plain.maze(Uint8Array.from(input)));
});

test('an input that is slow or allocates without bound is a fault', () => {
  const map = new CoverageMap();
  const kept: Uint8Array[] = [];
  const hungry: FuzzTarget = { seeds: [], heapBytes: 1 << 20, probe: () => void kept.push(new Uint8Array(4 << 20)) };
  const [crash] = new Fuzzer(hungry, map, 1, () => undefined).run([], { ...BUDGET, executions: 2 }).crashes;
  assert.match(crash?.error.message ?? '', /^allocated \d+ bytes$/);
  const slow: FuzzTarget = {
    seeds: [],
    milliseconds: 5,
    probe: () => {
      for (const end = performance.now() + 20; performance.now() < end; );
    },
  };
  const [late] = new Fuzzer(slow, map, 1, () => undefined).run([], { ...BUDGET, executions: 2 }).crashes;
  assert.match(late?.error.message ?? '', /^took \d+ ms$/);
});

test('a refusal has to have a code and a printable message', () => {
  class Refusal extends Error {
    readonly code: string | undefined;
    constructor(code: string | undefined, message: string) {
      super(message);
      this.code = code;
    }
  }
  const refuse = (code: string | undefined, message: string) => (): undefined =>
    typed(() => {
      throw new Refusal(code, message);
    }, Refusal);
  assert.equal(refuse('bad', 'is bad')(), undefined);
  assert.throws(refuse(undefined, 'is bad'), /without a code/);
  assert.throws(refuse('bad', 'is\u009b31m bad'), /control characters/);
  assert.throws(() => typed(() => promise(false, 'broken'), Refusal), /broken/);
});

test('inputs survive being written as a line of text', () => {
  for (const input of [[], [0x41, 0x0a, 0x22], [0x00], [0xff, 0x41], [0x7f]]) {
    const bytes = Uint8Array.from(input);
    assert.deepEqual(decodeInput(encodeInput(bytes)), bytes);
    assert.ok(!encodeInput(bytes).includes('\n'));
  }
});
