/**
 * A process that tries mutants: `{ target, mutant }` comes, `{ outcome, by }` goes. Whoever gave it one that it
 * cannot finish ends it.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { transformSync } from '@swc/core';
import { ModuleGraph } from './module-graph.mjs';
import { applied } from './mutants.mjs';

const STRIP_TYPES = {
  jsc: { parser: { syntax: 'typescript' }, target: 'es2022', transform: { verbatimModuleSyntax: true } },
  isModule: true,
  sourceMaps: false,
};

const graph = new ModuleGraph();
/** Tests that have run without a change, which also told who imports whom, with the milliseconds they took. */
const warm = new Map();

/** Tests print nothing: what they would say is about the mutant. */
console.log = () => undefined;
console.error = () => undefined;

async function tryMutant({ target, mutant }) {
  const source = readFileSync(target.file, 'utf8');
  const changed = { url: compiledUrl(target.file), text: compiled(applied(source, mutant)) };
  for (const test of target.tests) {
    const failure = await firstFailure(test, changed);
    if (failure !== undefined) return { outcome: 'killed', by: `${test}: ${failure}` };
  }
  return { outcome: 'survived', by: '' };
}

async function firstFailure(test, changed) {
  try {
    return await graph.runTests(compiledUrl(test), changed);
  } catch (error) {
    return `does not load: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function warmUp(tests) {
  for (const test of tests) {
    if (warm.has(test)) continue;
    const began = performance.now();
    const failure = await graph.runTests(compiledUrl(test), undefined);
    if (failure !== undefined) throw new Error(`${test} fails without any mutant: ${failure}`);
    warm.set(test, performance.now() - began);
  }
  const milliseconds = tests.reduce((sum, test) => sum + warm.get(test), 0);
  return { outcome: 'warm', by: '', milliseconds };
}

function compiled(source) {
  return transformSync(source, STRIP_TYPES).code.replaceAll(/(from\s+['"]\.[^'"]+)\.ts(['"])/g, '$1.js$2');
}

function compiledUrl(path) {
  return pathToFileURL(`dist/${path.replace(/\.ts$/, '.js')}`).href;
}

process.on('message', async (order) => {
  try {
    process.send(order.warmUp === undefined ? await tryMutant(order) : await warmUp(order.warmUp));
  } catch (error) {
    process.send({ outcome: 'broken', by: error instanceof Error ? error.message : String(error) });
  }
});
