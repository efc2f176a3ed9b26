/**
 * Makes a copy of the compiled tree in which every branch counts how often it is taken. A fuzzer that asks
 * V8 for its coverage after each input manages a few hundred inputs a second; a counter in the code
 * costs next to nothing. The parser is the one that the size ratchet uses; text is only inserted, so
 * the copy does what the original does.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSync } from 'oxc-parser';

type Node = { readonly type: string; readonly start: number; readonly end: number } & Readonly<Record<string, unknown>>;

/** What is worth trying in an input: not whole messages, nor what a parser looks at only as a number. */
const LONGEST_WORD = 40;

/** Copies `from` to `to`; of the code in the folders `instrumented` the branches are counted. */
export function instrumentTree(from: string, to: string, instrumented: readonly string[]): void {
  rmSync(to, { recursive: true, force: true });
  for (const path of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(js|wasm|json)$/.test(path) || path.endsWith('.test.js')) continue;
    const target = join(to, path);
    mkdirSync(dirname(target), { recursive: true });
    const isCounted = path.endsWith('.js') && instrumented.some((folder) => path.startsWith(`${folder}/`));
    if (isCounted) writeFileSync(target, instrument(readFileSync(join(from, path), 'utf8'), path));
    else cpSync(join(from, path), target);
  }
}

/** The same program with counters. */
export function instrument(code: string, name: string): string {
  const { program, errors } = parseSync(name, code, { preserveParens: true });
  if (errors.length > 0) throw new Error(`${name}: ${errors[0]?.message}`);
  const instrumenter = new Instrumenter();
  instrumenter.visit(program as unknown as Node);
  const literals = JSON.stringify([...instrumenter.literals]);
  const prologue = `const $count = globalThis.fuzzCounters(${JSON.stringify(name)}, ${instrumenter.counters}, ${literals});`;
  const shebang = /^#!.*\n/.exec(code)?.[0] ?? '';
  return `${shebang}${prologue}${insert(code, instrumenter.insertions).slice(shebang.length)}`;
}

interface Insertion {
  readonly at: number;
  readonly text: string;
}

function insert(code: string, insertions: readonly Insertion[]): string {
  const parts: string[] = [];
  let from = 0;
  for (const { at, text } of [...insertions].sort((a, b) => a.at - b.at)) {
    parts.push(code.slice(from, at), text);
    from = at;
  }
  return [...parts, code.slice(from)].join('');
}

class Instrumenter {
  /** BOUNDED by the file, as all of these. */
  readonly insertions: Insertion[] = [];
  readonly literals = new Set<string | number>();
  counters = 0;

  /** Outer nodes open before inner ones and close after them, so insertions at one place nest. */
  visit(node: Node): void {
    const closings = this.#open(node);
    for (const value of Object.values(node)) this.#visitValue(value);
    this.insertions.push(...closings.reverse());
  }

  #visitValue(value: unknown): void {
    if (Array.isArray(value)) for (const item of value) this.#visitValue(item);
    else if (isNode(value)) this.visit(value);
  }

  #open(node: Node): Insertion[] {
    switch (node.type) {
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'CatchClause':
        return this.#statement(node.body);
      case 'ForStatement':
      case 'ForOfStatement':
      case 'ForInStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
        return this.#statement(node.body);
      case 'ArrowFunctionExpression':
        return isNode(node.body) && node.body.type === 'BlockStatement'
          ? this.#statement(node.body)
          : this.#expression(node.body);
      case 'IfStatement':
        return this.#if(node);
      case 'ConditionalExpression':
        return [...this.#expression(node.consequent), ...this.#expression(node.alternate)];
      case 'LogicalExpression':
        return this.#expression(node.right);
      case 'SwitchCase':
        return this.#case(node.consequent as readonly Node[]);
      case 'Literal':
        this.#learn(node.value);
    }
    return [];
  }

  #if(node: Node): Insertion[] {
    const closings = this.#statement(node.consequent);
    if (isNode(node.alternate)) return [...closings, ...this.#statement(node.alternate)];
    const { end } = node.consequent as Node;
    return [{ at: end, text: ` else{${this.#next()};}` }, ...closings];
  }

  #case([first]: readonly Node[]): Insertion[] {
    if (first !== undefined) this.insertions.push({ at: first.start, text: `${this.#next()};` });
    return [];
  }

  #statement(value: unknown): Insertion[] {
    if (!isNode(value)) return [];
    if (value.type === 'BlockStatement' || value.type === 'FunctionBody') {
      this.insertions.push({ at: value.start + 1, text: `${this.#next()};` });
      return [];
    }
    this.insertions.push({ at: value.start, text: `{${this.#next()};` });
    return [{ at: value.end, text: '}' }];
  }

  #expression(value: unknown): Insertion[] {
    const { start, end } = value as Node;
    this.insertions.push({ at: start, text: `(${this.#next()},` });
    return [{ at: end, text: ')' }];
  }

  #next(): string {
    return `$count[${this.counters++}]++`;
  }

  #learn(value: unknown): void {
    if (typeof value === 'string' && value.length > 0 && value.length <= LONGEST_WORD) this.literals.add(value);
    if (typeof value === 'number' && Number.isInteger(value) && value <= 0xffff_ffff) this.literals.add(value);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}
