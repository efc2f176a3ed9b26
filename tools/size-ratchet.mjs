/**
 * Keeps functions and files small: `npm run lint:size`.
 *
 * A function here is something with a name (declaration, method, accessor, function assigned to a
 * name) or the body of a test case; callbacks count as lines of the function around them. Its size
 * is the number of lines from its first to its last. The median and the 90th percentile are taken
 * over the product, tests left out; the limits hold for every file of ours.
 *
 * A function that must be long because it is an unrolled inner loop says so in the line above it:
 *
 *     // size-ratchet: kernel, <why it cannot be split>
 *
 * `node tools/size-ratchet.mjs --largest 20` also lists the largest functions.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

const LIMITS = { median: 10, p90: 35, function: 80, file: 500 };
const ROOTS = ['src', 'test', 'tools'];
const SOURCE_FILE = /\.(ts|mjs|cjs)$/;
const TEST_CASES = new Set(['test', 'it']);
const KERNEL_MARK = /^\s*\/\/ size-ratchet: kernel, \S/;

/** AssemblyScript puts decorators on functions, which JavaScript does not know. They get blanked, lines stay. */
const ASSEMBLY_DECORATOR = /^(\s*)@\w+(\([^)]*\))?/gm;

function sourceFiles(root) {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && SOURCE_FILE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('/wasm/build/'))
    .sort();
}

/** Line number (from 1) of each offset, by binary search over the line starts. */
function lineIndex(text) {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (starts[middle] <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

const isFunction = (node) => node?.type === 'FunctionExpression' || node?.type === 'ArrowFunctionExpression';
const nameOf = (key) => key?.name ?? key?.value ?? '(computed)';

/** The visitor that reports each function of a file as (name, node that spans it). */
function functionVisitor(report) {
  return new Visitor({
    FunctionDeclaration: (node) => node.body && report(nameOf(node.id), node),
    MethodDefinition: (node) => node.value.body && report(nameOf(node.key), node),
    PropertyDefinition: (node) => isFunction(node.value) && report(nameOf(node.key), node),
    Property: (node) => isFunction(node.value) && report(nameOf(node.key), node),
    VariableDeclarator: (node) => isFunction(node.init) && report(nameOf(node.id), node),
    CallExpression: (node) => {
      const body = node.arguments.at(-1);
      if (TEST_CASES.has(node.callee.name) && isFunction(body)) report(`test ${node.arguments[0]?.value}`, body);
    },
  });
}

function measure(path) {
  const text = readFileSync(path, 'utf8');
  const parseable = path.includes('/wasm/assembly/') ? text.replaceAll(ASSEMBLY_DECORATOR, '$1') : text;
  const parsed = parseSync(path, parseable);
  if (parsed.errors.length > 0) throw new Error(`${path}: ${parsed.errors[0].message}`);
  const lineOf = lineIndex(parseable);
  const lines = parseable.split('\n');
  const functions = [];
  functionVisitor((name, node) => {
    const line = lineOf(node.start);
    const kernel = KERNEL_MARK.test(lines[line - 2] ?? '');
    functions.push({ path, name, line, kernel, size: lineOf(node.end - 1) - line + 1 });
  }).visit(parsed.program);
  return { path, lines: text.trimEnd().split('\n').length, functions };
}

function percentile(sorted, fraction) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? 0;
}

function violations(files, median, p90) {
  const found = [];
  if (median > LIMITS.median) found.push(`median function has ${median} lines, limit ${LIMITS.median}`);
  if (p90 > LIMITS.p90) found.push(`90th percentile function has ${p90} lines, limit ${LIMITS.p90}`);
  for (const file of files) {
    if (file.lines > LIMITS.file) found.push(`${file.path}: ${file.lines} lines, limit ${LIMITS.file}`);
    for (const { path, line, name, size, kernel } of file.functions) {
      if (size > LIMITS.function && !kernel) {
        found.push(`${path}:${line}: ${name} has ${size} lines, limit ${LIMITS.function}`);
      }
    }
  }
  return found;
}

function main() {
  const files = ROOTS.flatMap(sourceFiles).map(measure);
  const product = files.filter(({ path }) => path.startsWith('src/') && !path.endsWith('.test.ts'));
  const functions = product.flatMap((file) => file.functions).filter((one) => !one.kernel);
  const sizes = functions.map((one) => one.size).sort((a, b) => a - b);
  const median = percentile(sizes, 0.5);
  const p90 = percentile(sizes, 0.9);
  const largestFlag = process.argv.indexOf('--largest');
  if (largestFlag !== -1) {
    const all = files.flatMap((file) => file.functions).sort((a, b) => b.size - a.size);
    const count = Number(process.argv[largestFlag + 1] ?? 20);
    for (const { size, path, line, name } of all.slice(0, count)) console.log(`${size}\t${path}:${line}\t${name}`);
  }
  const largest = sizes.at(-1) ?? 0;
  console.log(
    `${product.length} files, ${sizes.length} functions: median ${median}, p90 ${p90}, largest ${largest} lines`,
  );
  const found = violations(files, median, p90);
  for (const line of found) console.error(line);
  process.exitCode = found.length > 0 ? 1 : 0;
}

main();
