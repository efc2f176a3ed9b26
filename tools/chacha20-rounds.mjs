/**
 * Writes the AssemblyScript modules with the unrolled inner loops of the kernels:
 *
 *     chacha20-rounds.ts     the AEAD: ChaCha20 (RFC 8439, 2.3) on four blocks at a time, one per
 *                            32-bit lane, and Poly1305 (2.5) on scalar 64-bit registers
 *     chacha20-openings.ts   header protection: how the keystreams of four packets begin
 *
 *     x0 = | word 0 of block 0 | word 0 of block 1 | word 0 of block 2 | word 0 of block 3 |
 *     x1 = | word 1 of block 0 | ...
 *
 * ChaCha20 keeps the vector units busy and Poly1305 the multiplier, so the two are woven into one
 * stream of instructions and run side by side: that is worth a third of the time, and no compiler
 * does it. It needs the sixteen state words and the accumulator as locals of one function. As
 * AssemblyScript has no macros, the text is generated; what to know of it is in this file.
 *
 * The order of the statements is the point: nothing may reorder them on the way to the engine, see
 * `build-wasm.mjs` on the optimiser.
 */

/** What the two builds differ in, each the fastest that was measured for its instruction set. */
export const VARIANTS = {
  /**
   * Relaxed SIMD: rotations by 16 and 8 are byte permutations, a single instruction where the
   * engine need not check the indices. The masks are loaded from memory: written as constants they
   * are rebuilt at each use.
   */
  relaxed: {
    quartersTogether: 4,
    masks: 'const mask16 = v128.load(region), mask8 = v128.load(region, 16);',
    rotate: { 16: (x) => `i8x16.relaxed_swizzle(${x}, mask16)`, 8: (x) => `i8x16.relaxed_swizzle(${x}, mask8)` },
  },
  /** Plain 128-bit SIMD: only the rotation by 16 is faster as a permutation. */
  plain: {
    quartersTogether: 2,
    masks: '',
    rotate: { 16: (x) => `i8x16.shuffle(${x}, ${x}, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)` },
  },
};

/** "expand 32-byte k" */
const CONSTANTS = ['0x61707865', '0x3320646e', '0x79622d32', '0x6b206574'];
const DOUBLE_ROUNDS = 10;
/** Poly1305 blocks in each woven double round; 2 * 10 >= 16 lets `open` decrypt in place behind it. */
const BLOCKS_PER_DOUBLE_ROUND = 2;
const WOVEN_BLOCKS = BLOCKS_PER_DOUBLE_ROUND * DOUBLE_ROUNDS;

const COLUMNS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
];
const DIAGONALS = [
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
];

/** The four lines of a quarter round (2.1): (sum, addend, rotated word, distance) as places in the quarter. */
const QUARTER_LINES = [
  [0, 1, 3, 16],
  [2, 3, 1, 12],
  [0, 1, 3, 8],
  [2, 3, 1, 7],
];

const lines = (...parts) => parts.flat().join('\n');
const range = (count) => [...Array(count).keys()];

function rotation(variant, word, by, distance) {
  const permute = variant.rotate[distance];
  const sum = `t0 = v128.xor(${word}, ${by});`;
  if (permute !== undefined) return `${sum} ${word} = ${permute('t0')};`;
  return `${sum} ${word} = v128.or(i32x4.shl(t0, ${distance}), i32x4.shr_u(t0, ${32 - distance}));`;
}

/** Some quarter rounds in lockstep, so that their chains of dependent instructions overlap. */
function quarterRounds(variant, quarters, quarterLines = QUARTER_LINES) {
  return quarterLines.flatMap(([sum, addend, rotated, distance]) => [
    ...quarters.map((q) => `x${q[sum]} = i32x4.add(x${q[sum]}, x${q[addend]});`),
    ...quarters.map((q) => rotation(variant, `x${q[rotated]}`, `x${q[sum]}`, distance)),
  ]);
}

function round(variant, quarters) {
  const step = variant.quartersTogether;
  return range(4 / step).flatMap((part) => quarterRounds(variant, quarters.slice(part * step, (part + 1) * step)));
}

const doubleRound = (variant) => [COLUMNS, DIAGONALS].flatMap((quarters) => round(variant, quarters));

/**
 * Adds the 16 bytes at `p + offset` to the accumulator and multiplies by r, modulo 2^130 - 5. The
 * accumulator is four 32-bit limbs of which the last carries 34 bits and more; one lazy carry chain
 * per block keeps each sum of products below 15.75 * 2^60, so 64 bits hold it. s = r * 5/4 is exact,
 * because clamping cleared the low bits of r1..r3.
 */
function polyBlock(offset) {
  const limbs = range(4).map((i) => `h${i} += <u64>load<u32>(p, ${offset + 4 * i});`);
  const product = (i, factors) => factors.map((f, j) => (j === 0 ? `d${i} = h0 * ${f};` : `d${i} += h${j} * ${f};`));
  return [
    ...limbs,
    'h3 += padBit;',
    ...product(0, ['r0', 's3', 's2', 's1']),
    ...product(1, ['r1', 'r0', 's3', 's2']),
    'd1 += d0 >> 32;',
    ...product(2, ['r2', 'r1', 'r0', 's3']),
    'd2 += d1 >> 32;',
    ...product(3, ['r3', 'r2', 'r1', 'r0']),
    'd3 += d2 >> 32; h1 = <u64><u32>d1; h2 = <u64><u32>d2;',
    'd0 = <u64><u32>d0; d1 = d3 >> 34;',
    'h0 = d0 + d1 * 5; h3 = d3 & mask34;',
  ];
}

const polyLoad = lines(
  'let h0 = poly.h0, h1 = poly.h1, h2 = poly.h2, h3 = poly.h3;',
  'const r0 = poly.r0, r1 = poly.r1, r2 = poly.r2, r3 = poly.r3;',
  'const s1 = poly.s1, s2 = poly.s2, s3 = poly.s3, padBit = poly.padBit, mask34 = poly.mask34;',
  'let d0: u64, d1: u64, d2: u64, d3: u64;',
);
const polyStore = 'poly.h0 = h0; poly.h1 = h1; poly.h2 = h2; poly.h3 = h3;';

/** Spreads the second list evenly between the lines of the first. */
function weave(first, second) {
  const woven = [];
  let taken = 0;
  first.forEach((line, index) => {
    woven.push(line);
    const due = Math.round(((index + 1) * second.length) / first.length);
    while (taken < due) woven.push(second[taken++]);
  });
  return woven;
}

const stateInit = lines(
  range(4).map((i) => `let x${i} = i32x4.splat(${CONSTANTS[i]});`),
  range(8).map((i) => `let x${4 + i} = v128.load32_splat(key, ${4 * i});`),
);
/** Four consecutive blocks of one packet. */
const counterInit = lines(
  'let x12 = i32x4.add(i32x4.splat(counter), i32x4(0, 1, 2, 3)), x13 = i32x4.splat(0);',
  'let x14 = i32x4.splat(nonceLow), x15 = i32x4.splat(nonceHigh);',
);

const addKey = (count) =>
  range(count).map((i) => `x${4 + i} = i32x4.add(x${4 + i}, v128.load32_splat(key, ${4 * i}));`);
const addConstants = range(4).map((i) => `x${i} = i32x4.add(x${i}, i32x4.splat(${CONSTANTS[i]}));`);
const addCounter = [
  'x12 = i32x4.add(x12, i32x4.add(i32x4.splat(counter), i32x4(0, 1, 2, 3)));',
  'x14 = i32x4.add(x14, i32x4.splat(nonceLow));',
  'x15 = i32x4.add(x15, i32x4.splat(nonceHigh));',
];

const LOW_WORDS = '0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23';
const HIGH_WORDS = '8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31';
const LOW_HALVES = '0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23';
const HIGH_HALVES = '8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31';

/** Turns four words of all blocks into four consecutive words of each block, and stores them. */
function transpose([a, b, c, d], store) {
  return [
    `t0 = i8x16.shuffle(${a}, ${b}, ${LOW_WORDS}); t1 = i8x16.shuffle(${c}, ${d}, ${LOW_WORDS});`,
    `t2 = i8x16.shuffle(${a}, ${b}, ${HIGH_WORDS}); t3 = i8x16.shuffle(${c}, ${d}, ${HIGH_WORDS});`,
    store(`i8x16.shuffle(t0, t1, ${LOW_HALVES})`, 0),
    store(`i8x16.shuffle(t0, t1, ${HIGH_HALVES})`, 1),
    store(`i8x16.shuffle(t2, t3, ${LOW_HALVES})`, 2),
    store(`i8x16.shuffle(t2, t3, ${HIGH_HALVES})`, 3),
  ];
}

const wordsOf = (group) => range(4).map((i) => `x${4 * group + i}`);

/** Stores `groups` times 16 bytes of each block's keystream, blocks `stride` bytes apart. */
const storeKeystream = (groups, stride) =>
  range(groups).flatMap((group) =>
    transpose(wordsOf(group), (words, block) => `v128.store(target, ${words}, ${block * stride + 16 * group});`),
  );

const xorKeystream = range(4).flatMap((group) =>
  transpose(wordsOf(group), (words, block) => {
    const at = 64 * block + 16 * group;
    return `v128.store(target, v128.xor(v128.load(source, ${at}), ${words}), ${at});`;
  }),
);

const repeated = (count, body) => lines(`for (let round = 0; round < ${count}; round++) {`, body, '}');
const rounds = (body) => repeated(DOUBLE_ROUNDS, body);
const plainRounds = (variant) => rounds(doubleRound(variant));

function wovenRounds(variant) {
  const blocks = range(BLOCKS_PER_DOUBLE_ROUND).flatMap((block) => polyBlock(16 * block));
  return rounds([...weave(doubleRound(variant), blocks), `p += ${16 * BLOCKS_PER_DOUBLE_ROUND};`]);
}

/** Near the end of a message: two blocks per double round while there are two, then its last segment. */
function drainingRounds(variant) {
  return rounds([
    ...doubleRound(variant),
    'if (blocks >= 2) {',
    ...polyBlock(0),
    ...polyBlock(16),
    'p += 32; blocks -= 2;',
    'if (blocks < 2 && lastBlocks > 0) { p = last; blocks = lastBlocks; lastBlocks = 0; }',
    '}',
  ]);
}

/** A function that encrypts four blocks of one packet. */
function encryptFunction(variant, name, parts) {
  return `
export function ${name}(region: usize, key: usize, counter: u32, nonceLow: u32, nonceHigh: u32, source: usize, target: usize): void {
${lines(variant.masks, stateInit, counterInit, 'let t0: v128, t1: v128, t2: v128, t3: v128;')}
${lines(parts.before, parts.rounds, parts.after, addConstants, addKey(8), addCounter, xorKeystream)}
}`;
}

/** Counters and nonces of four different packets, transposed into lanes. */
const laneCounters = lines(
  'let t0 = v128.load(lanes), t1 = v128.load(lanes, 16), t2 = v128.load(lanes, 32), t3 = v128.load(lanes, 48);',
  `const low01 = i8x16.shuffle(t0, t1, ${LOW_WORDS}), low23 = i8x16.shuffle(t2, t3, ${LOW_WORDS});`,
  `const high01 = i8x16.shuffle(t0, t1, ${HIGH_WORDS}), high23 = i8x16.shuffle(t2, t3, ${HIGH_WORDS});`,
  `let x12 = i8x16.shuffle(low01, low23, ${LOW_HALVES}), x13 = i32x4.splat(0);`,
  `let x14 = i8x16.shuffle(high01, high23, ${LOW_HALVES}), x15 = i8x16.shuffle(high01, high23, ${HIGH_HALVES});`,
  'const counters = x12, noncesLow = x14, noncesHigh = x15;',
);

const addLaneCounters = [
  'x12 = i32x4.add(x12, counters);',
  'x14 = i32x4.add(x14, noncesLow);',
  'x15 = i32x4.add(x15, noncesHigh);',
];

function keystreamFunction(variant, name, output) {
  return `
export function ${name}(region: usize, key: usize, lanes: usize, target: usize): void {
${lines(variant.masks, stateInit, laneCounters, plainRounds(variant), addConstants, output)}
}`;
}

const absorbFunction = `
export function absorb(p: usize, blocks: i32): void {
${lines(polyLoad, 'for (; blocks > 0; blocks--) {', polyBlock(0), 'p += 16;', '}', polyStore)}
}`;

/** The whole module, for `VARIANTS.relaxed` or `VARIANTS.plain`. */
export function chacha20Rounds(variant) {
  return lines(
    '// Generated by tools/chacha20-rounds.mjs; see there.',
    "import * as poly from './poly1305-state';",
    `export const WOVEN_BLOCKS: i32 = ${WOVEN_BLOCKS};`,
    '\n// Takes whole blocks into the Poly1305 accumulator.',
    absorbFunction,
    '\n// Four ChaCha20 blocks onto 256 bytes, and WOVEN_BLOCKS blocks at the Poly1305 cursor.',
    encryptFunction(variant, 'encryptWoven', {
      before: lines('let p = poly.next;', polyLoad),
      rounds: wovenRounds(variant),
      after: lines(polyStore, 'poly.next = p; poly.nextBlocks -= WOVEN_BLOCKS;'),
    }),
    '\n// The same, with as many blocks as there are, up to WOVEN_BLOCKS.',
    encryptFunction(variant, 'encryptDraining', {
      before: lines(
        'let p = poly.next, blocks = poly.nextBlocks, last = poly.last, lastBlocks = poly.lastBlocks;',
        polyLoad,
      ),
      rounds: drainingRounds(variant),
      after: lines(
        polyStore,
        'poly.next = p; poly.nextBlocks = blocks; poly.last = last; poly.lastBlocks = lastBlocks;',
      ),
    }),
    '\n// The same without Poly1305.',
    encryptFunction(variant, 'encryptPlain', { before: '', rounds: plainRounds(variant), after: '' }),
    '\n// One block of keystream for each of four packets, 64 bytes apart.',
    keystreamFunction(variant, 'keystream', lines(addKey(8), addLaneCounters, storeKeystream(4, 64))),
    '\n// The Poly1305 keys (2.6) of four packets: the first 32 bytes of their block 0, 32 bytes apart.',
    keystreamFunction(variant, 'oneTimeKeys', lines(addKey(4), storeKeystream(2, 32))),
  );
}

/** As many rounds, but of the last one only what its first four words depend on. */
function roundsOfFirstWords(variant) {
  const [first, second, [sum, addend]] = QUARTER_LINES;
  return lines(
    repeated(DOUBLE_ROUNDS - 1, doubleRound(variant)),
    round(variant, COLUMNS),
    quarterRounds(variant, DIAGONALS, [first, second]),
    DIAGONALS.map((q) => `x${q[sum]} = i32x4.add(x${q[sum]}, x${q[addend]});`),
  );
}

/** Four nonces of 12 bytes, 16 apart, transposed into lanes. */
const laneNonces = lines(
  range(4).map((lane) => `const n${lane} = v128.load(lanes, ${16 * lane});`),
  'let t0: v128, t1: v128, t2: v128, t3: v128;',
  'let x12 = i32x4.splat(0), x13: v128, x14: v128, x15: v128;',
  transpose(['n0', 'n1', 'n2', 'n3'], (words, index) => (index < 3 ? `x${13 + index} = ${words};` : '')),
);

/** The whole module for header protection, for a variant without masks in memory. */
export function chacha20Openings(variant) {
  const output = lines(addConstants, storeKeystream(1, 16));
  return lines(
    '// Generated by tools/chacha20-rounds.mjs; see there.',
    '\n// The first 16 bytes of block 0 under each of four nonces.',
    'export function openings(key: usize, lanes: usize, target: usize): void {',
    lines(stateInit, laneNonces, roundsOfFirstWords(variant), output),
    '}',
  );
}
