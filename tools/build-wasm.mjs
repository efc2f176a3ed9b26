/**
 * Compiles the kernels: `node tools/build-wasm.mjs [--force]`.
 *
 *     src/kernels/wasm/assembly/aead.ts         + relaxed rounds -> aead-relaxed.wasm   Node 22 and later
 *                                               + plain rounds   -> aead-simd.wasm      any
 *     src/kernels/wasm/assembly/header-mask.ts  + plain rounds   -> header-mask.wasm
 *     src/kernels/wasm/assembly/packets.ts                       -> packets.wasm
 *     src/kernels/wasm/assembly/handshake.ts                     -> handshake.wasm
 *
 * The results go to src/kernels/wasm/build/ and to dist/src/kernels/wasm/build/, because both the
 * sources and the compiled code find them beside themselves. With unchanged inputs (sources, tools,
 * compiler, options) nothing is compiled; `inputs.sha256` in the first folder remembers them.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { chacha20Openings, chacha20Rounds, VARIANTS } from './chacha20-rounds.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = 'src/kernels/wasm/assembly';
const BUILD = 'src/kernels/wasm/build';
const SHIPPED = `dist/${BUILD}`;
const STAMP = 'inputs.sha256';
/** Generated modules, seen by the compiler beside the sources. */
const ROUNDS = `${SOURCES}/chacha20-rounds.ts`;
const OPENINGS = `${SOURCES}/chacha20-openings.ts`;

/**
 * An arena is the memory of all modules. Its first 64 KiB are theirs for data segments; in the arena of
 * packets, which has several modules, each begins at a base of its own.
 */
const COMMON_OPTIONS = [
  ...['--runtime', 'stub', '--noAssert', '--importMemory', '--sharedMemory', '--noExportMemory'],
  ...['--initialMemory', '2', '--maximumMemory', '65536'],
  ...['--enable', 'simd', '--enable', 'threads', '--enable', 'bulk-memory'],
];

const OPTIMISED = ['--optimizeLevel', '3', '--shrinkLevel', '0'];

/**
 * The optimiser stays off for the AEAD: any level moves all of Poly1305 behind the ChaCha20 rounds
 * and so undoes the weaving, which costs 10 to 45 % of the speed. The engine's compiler keeps the order.
 */
const MODULES = [
  {
    name: 'aead-relaxed',
    entry: `${SOURCES}/aead.ts`,
    generated: { [ROUNDS]: chacha20Rounds(VARIANTS.relaxed) },
    options: ['--optimizeLevel', '0', '--memoryBase', '1024', '--enable', 'relaxed-simd'],
  },
  {
    name: 'aead-simd',
    entry: `${SOURCES}/aead.ts`,
    generated: { [ROUNDS]: chacha20Rounds(VARIANTS.plain) },
    options: ['--optimizeLevel', '0', '--memoryBase', '1024'],
  },
  // Relaxed SIMD would make it 5 % faster, too little for a second build.
  {
    name: 'header-mask',
    entry: `${SOURCES}/header-mask.ts`,
    generated: { [OPENINGS]: chacha20Openings(VARIANTS.plain) },
    options: [...OPTIMISED, '--memoryBase', '49152'],
  },
  {
    name: 'packets',
    entry: `${SOURCES}/packets.ts`,
    generated: {},
    options: [...OPTIMISED, '--memoryBase', '32768'],
  },
  // Of the rounds it has only `absorb`, which nothing is woven into.
  {
    name: 'handshake',
    entry: `${SOURCES}/handshake.ts`,
    generated: { [ROUNDS]: chacha20Rounds(VARIANTS.plain) },
    options: [...OPTIMISED, '--memoryBase', '1024'],
  },
];

function inputHash() {
  const hash = createHash('sha256');
  hash.update(asc.version);
  const sources = readdirSync(join(ROOT, SOURCES)).sort();
  const files = [...sources.map((name) => join(SOURCES, name)), 'tools/build-wasm.mjs', 'tools/chacha20-rounds.mjs'];
  for (const file of files) {
    const content = readFileSync(join(ROOT, file));
    hash.update(`\0${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function isCurrent(hash) {
  const stamp = join(ROOT, BUILD, STAMP);
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== hash) return false;
  return MODULES.every(({ name }) => existsSync(join(ROOT, BUILD, `${name}.wasm`)));
}

/**
 * Serves the compiler its files, the generated ones from memory. A line `// @inline` above a function
 * becomes AssemblyScript's decorator, which as such no TypeScript tool would parse.
 */
function reader(module) {
  return (name, baseDirectory) => {
    if (module.generated[name]) return module.generated[name];
    const path = join(baseDirectory, name);
    return existsSync(path) ? readFileSync(path, 'utf8').replace(/^\/\/ @inline$/gm, '@inline') : null;
  };
}

async function compile(module) {
  let binary;
  const { error, stderr } = await asc.main(
    [module.entry, '--baseDir', ROOT, '--outFile', `${module.name}.wasm`, ...COMMON_OPTIONS, ...module.options],
    {
      readFile: reader(module),
      writeFile: (name, content) => {
        if (name.endsWith('.wasm')) binary = content;
      },
      listFiles: () => [],
    },
  );
  const messages = stderr.toString();
  if (messages) process.stderr.write(messages);
  if (error || binary === undefined) throw error ?? new Error(`${module.name}: the compiler wrote nothing`);
  return binary;
}

async function compileAll() {
  mkdirSync(join(ROOT, BUILD), { recursive: true });
  for (const module of MODULES) {
    const binary = await compile(module);
    writeFileSync(join(ROOT, BUILD, `${module.name}.wasm`), binary);
    console.log(`${module.name}.wasm: ${binary.length} bytes`);
  }
}

function ship() {
  mkdirSync(join(ROOT, SHIPPED), { recursive: true });
  for (const { name } of MODULES) copyFileSync(join(ROOT, BUILD, `${name}.wasm`), join(ROOT, SHIPPED, `${name}.wasm`));
}

const hash = inputHash();
if (process.argv.includes('--force') || !isCurrent(hash)) {
  await compileAll();
  writeFileSync(join(ROOT, BUILD, STAMP), hash);
}
ship();
