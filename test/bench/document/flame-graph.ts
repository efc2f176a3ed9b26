/** A flame graph as an SVG that needs nothing: a box for each function, as wide as the time spent below it. */
import type { Flame, StackWeight } from '../results/run-report.ts';
import { percent } from '../results/tables.ts';

const WIDTH = 1000;
const ROW = 18;
const MARGIN = 8;
const TITLE = 28;
const CHARACTER = 6.6;
/** Boxes narrower than this cannot be seen. */
const NARROWEST = 1;

interface Box {
  readonly name: string;
  readonly depth: number;
  /** Parts of the whole. */
  readonly start: number;
  readonly width: number;
}

interface Branch {
  weight: number;
  /** BOUNDED by the stacks of one flame. */
  readonly children: Map<string, Branch>;
}

const newBranch = (): Branch => ({ weight: 0, children: new Map() });

/** The stacks as a tree; each branch weighs what is below it and in itself. */
function growTree(stacks: readonly StackWeight[]): Branch {
  const root = newBranch();
  for (const { stack, weight } of stacks) {
    root.weight += weight;
    let branch = root;
    for (const name of stack) {
      const next = branch.children.get(name) ?? newBranch();
      branch.children.set(name, next);
      next.weight += weight;
      branch = next;
    }
  }
  return root;
}

/** Largest first, from left to right; callers below what they call. */
function layOut(stacks: readonly StackWeight[]): Box[] {
  const root = growTree(stacks);
  const boxes: Box[] = [];
  const place = (branch: Branch, depth: number, from: number): void => {
    let start = from;
    for (const [name, child] of [...branch.children].sort(([, a], [, b]) => b.weight - a.weight)) {
      boxes.push({ name, depth, start, width: child.weight / root.weight });
      place(child, depth + 1, start);
      start += child.weight / root.weight;
    }
  };
  place(root, 0, 0);
  return boxes.filter(({ width }) => width * WIDTH >= NARROWEST);
}

export function renderFlame({ title, stacks }: Flame): string {
  const boxes = layOut(stacks);
  const rows = Math.max(...boxes.map(({ depth }) => depth)) + 1;
  const height = TITLE + rows * ROW + MARGIN;
  const size = `width="${WIDTH + 2 * MARGIN}" height="${height}" viewBox="0 0 ${WIDTH + 2 * MARGIN} ${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="monospace" font-size="11">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${MARGIN}" y="18" font-size="13">${escaped(title)}</text>`,
    ...boxes.map((box) => renderBox(box, height)),
    '</svg>',
    '',
  ].join('\n');
}

function renderBox({ name, depth, start, width }: Box, height: number): string {
  const x = MARGIN + start * WIDTH;
  const y = height - MARGIN - (depth + 1) * ROW;
  const wide = width * WIDTH;
  const letters = Math.floor((wide - 6) / CHARACTER);
  const label = letters < 3 ? '' : name.length <= letters ? name : `${name.slice(0, letters - 1)}…`;
  const frame = `x="${x.toFixed(1)}" y="${y}" width="${wide.toFixed(1)}" height="${ROW - 1}" fill="${colourOf(name)}"`;
  const text = `<text x="${(x + 3).toFixed(1)}" y="${y + 13}">${escaped(label)}</text>`;
  return `<g><title>${escaped(`${name}: ${percent(width)}`)}</title><rect ${frame}/>${label === '' ? '' : text}</g>`;
}

/** The same for the same function in every graph; kernels, which have no file before their name, in another hue. */
function colourOf(name: string): string {
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + letter.charCodeAt(0)) >>> 0;
  const hue = (name.includes(' ') ? 20 : 190) + (hash % 30);
  return `hsl(${hue} 75% ${70 + (hash % 5) * 3}%)`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
