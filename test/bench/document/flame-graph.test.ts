import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderFlame } from './flame-graph.ts';

const SVG = renderFlame({
  title: 'Way out <null>',
  stacks: [
    { stack: ['moveOut', 'batch flush', 'seal'], weight: 0.6 },
    { stack: ['moveOut', 'batch flush'], weight: 0.1 },
    { stack: ['moveOut', 'split'], weight: 0.2 },
  ],
});

const boxes = [...SVG.matchAll(/<title>([^<]+)<\/title><rect x="([\d.]+)" y="(\d+)" width="([\d.]+)"/g)].map(
  ([, name, x, y, width]) => ({ name, x: Number(x), y: Number(y), width: Number(width) }),
);

test('a box is as wide as its share of what was sampled, with what it calls', () => {
  assert.deepEqual(
    boxes.map(({ name, width }) => [name, Math.round(width)]),
    [
      ['moveOut: 100 %', 1000],
      ['batch flush: 78 %', 778],
      ['seal: 67 %', 667],
      ['split: 22 %', 222],
    ],
  );
});

test('what is called stands above its caller and within its width', () => {
  assert.equal(boxes.length, 4);
  const [root, flush, seal, split] = boxes;
  assert.ok(root.y > flush.y && flush.y > seal.y && split.y === flush.y);
  assert.equal(seal.x, flush.x);
  assert.equal(split.x, Math.round((flush.x + flush.width) * 10) / 10);
});

test('titles cannot break the file', () => {
  assert.match(SVG, /Way out &lt;null&gt;/);
});
