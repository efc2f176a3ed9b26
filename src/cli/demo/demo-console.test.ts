import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoConsole, tableLines } from './demo-console.ts';

test('columns are aligned, numbers to the right', () => {
  assert.deepEqual(
    tableLines(
      [
        ['kind', 'n', 'end'],
        ['a', '1000', 'x'],
        ['longer', '2', ''],
      ],
      [1],
    ),
    ['  kind       n  end', '  a       1000  x', '  longer     2'],
  );
});

test('on a terminal progress overwrites itself and lines begin clean', () => {
  let output = '';
  const console = demoConsole((text) => (output += text), true);
  console.progress('one');
  console.progress('two');
  console.endProgress();
  console.line('done');
  assert.equal(output, '\r\u001b[Kone\r\u001b[Ktwo\r\u001b[Kdone\n');
});

test('elsewhere there are no escape sequences, and progress of short parts is left out', () => {
  let output = '';
  const console = demoConsole((text) => (output += text), false);
  console.heading('head');
  console.progress('one');
  console.endProgress();
  console.line('done');
  assert.equal(output, 'head\ndone\n');
});
