import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { resolveTable } from './resolve-table.ts';

test('names of tables are looked up as ip does it', (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'awg-tables-'));
  context.after(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, 'rt_tables.d'));
  writeFileSync(join(directory, 'rt_tables'), '# 1 no\n254\tmain\n0x64 hex # why\n 123   spaced\n');
  writeFileSync(join(directory, 'rt_tables.d', 'mine.conf'), '777 mine\n');
  writeFileSync(join(directory, 'rt_tables.d', 'mine.txt'), '778 other\n');
  const find = (name: string) => resolveTable({ table: { name, line: 3 }, file: 'x.conf' }, [directory]);
  assert.deepEqual(['hex', 'spaced', 'mine'].map(find), [100, 123, 777]);
  for (const name of ['no', 'other', 'why'])
    assert.throws(() => find(name), {
      code: 'unknown-table',
      message: new RegExp(`x.conf:3: Table = ${name}: no routing`),
    });
  assert.equal(resolveTable({ table: 'auto', file: 'x.conf' }), 'auto');
});
