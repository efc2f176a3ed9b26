import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { judge } from './engine/guarded-probe.ts';
import { encodeInput, readInputs } from './engine/input-file.ts';
import { corpusFile, crashFile, loadTarget, TARGET_NAMES } from './targets.ts';

const ignore = (): void => undefined;
const bytesOf = (input: Uint8Array | string): Uint8Array =>
  typeof input === 'string' ? new TextEncoder().encode(input) : new Uint8Array(input);

describe('kept fuzzing inputs', () => {
  for (const name of TARGET_NAMES) {
    test(`hold for ${name}`, async () => {
      const target = await loadTarget(name);
      const inputs = [...target.seeds.map(bytesOf), ...readInputs(corpusFile(name)), ...readInputs(crashFile(name))];
      assert.ok(inputs.length > 0);
      // Slow on a busy machine is not what is tested here.
      for (const input of inputs) {
        const error = judge({ ...target, milliseconds: 60_000 }, input, ignore);
        if (error !== undefined) assert.fail(`${encodeInput(input)}: ${error.stack}`);
      }
    });
  }

  test('belong to a target', () => {
    for (const folder of ['corpus', 'crashes']) {
      const strangers = (existsSync(`test/fuzz/${folder}`) ? readdirSync(`test/fuzz/${folder}`) : []).filter(
        (file) => !TARGET_NAMES.includes(file.replace(/\.txt$/, '')),
      );
      assert.deepEqual(strangers, []);
    }
  });
});
