/**
 * Compiled modules in this thread, of which one can be replaced: that one and whatever imports it, directly
 * or not, are made anew, all others are shared. So a mutant costs milliseconds where a process would cost
 * hundreds. Needs `--experimental-vm-modules`.
 */
import { readFileSync } from 'node:fs';
import { SourceTextModule, SyntheticModule } from 'node:vm';
import { SmallHarness } from './small-harness.mjs';

export class ModuleGraph {
  /** By URL: source text and what it imports. */
  #texts = new Map();
  /** By URL: evaluated modules without any change. */
  #shared = new Map();
  /**
   * Every module ever made: Node.js 20 crashes where one is collected too early. UNBOUNDED, so whoever runs
   * many mutants begins anew now and then.
   */
  #kept = [];
  /** By URL: URLs of what imports it. */
  #importers = new Map();

  /** Evaluates a test file with `changed` (URL and text of a module, or undefined) and runs its tests. */
  async runTests(testUrl, changed) {
    const harness = new SmallHarness();
    const fresh = changed === undefined ? new Set() : this.#dependentsOf(changed.url);
    const build = { fresh, changed, harness, modules: new Map() };
    const module = await this.#module(testUrl, build, true);
    await module.link((specifier, from) => this.#resolve(specifier, from.identifier, build));
    await module.evaluate();
    return harness.firstFailure();
  }

  /** A test file is never shared: its tests are registered when it is evaluated. */
  async #module(url, build, isTest = false) {
    const isFresh = isTest || build.fresh.has(url);
    const known = isFresh ? build.modules : this.#shared;
    const existing = known.get(url);
    if (existing !== undefined) return existing;
    const text = build.changed?.url === url ? build.changed.text : this.#textOf(url);
    const module = new SourceTextModule(text, {
      identifier: url,
      initializeImportMeta: (meta) => {
        meta.url = url;
      },
    });
    known.set(url, module);
    this.#kept.push(module);
    return module;
  }

  async #resolve(specifier, from, build) {
    if (specifier === 'node:test') return synthetic(specifier, build.harness.exports);
    if (!specifier.startsWith('.')) {
      const known = this.#shared.get(specifier) ?? synthetic(specifier, await import(specifier));
      this.#shared.set(specifier, known);
      return known;
    }
    const { href } = new URL(specifier, from);
    const importers = this.#importers.get(href) ?? new Set();
    this.#importers.set(href, importers.add(from));
    return this.#module(href, build);
  }

  #textOf(url) {
    const known = this.#texts.get(url) ?? readFileSync(new URL(url), 'utf8');
    this.#texts.set(url, known);
    return known;
  }

  /** Known after the tests have run once without a change. */
  #dependentsOf(url) {
    const dependents = new Set([url]);
    for (const each of dependents) for (const importer of this.#importers.get(each) ?? []) dependents.add(importer);
    return dependents;
  }
}

function synthetic(name, exports) {
  const names = Object.keys(exports);
  const evaluate = function () {
    for (const each of names) this.setExport(each, exports[each]);
  };
  return new SyntheticModule(names, evaluate, { identifier: name });
}
