import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBenchOptions } from './options.ts';

test('without options it is the tunnel section with null profiles and offloads', () => {
  const options = parseBenchOptions([]);
  assert.deepEqual(options?.sections, ['tunnel']);
  assert.deepEqual([options?.profiles, options?.rounds, options?.seconds, options?.offloads], [undefined, 3, 5, 'on']);
});

test('sections, profiles and measures are lists; all is every section', () => {
  const options = parseBenchOptions(['--section', 'kernel,path', '--profile', 'null,3.1', '--measures', 'udp']);
  assert.deepEqual(options?.sections, ['kernel', 'path']);
  assert.deepEqual(options?.profiles, ['null', '3.1']);
  assert.deepEqual(options?.measures, ['udp']);
  assert.equal(parseBenchOptions(['--section', 'all'])?.sections.length, 8);
});

test('what does not exist is refused by name', () => {
  assert.throws(() => parseBenchOptions(['--section', 'kernel,speed']), /--section: there is no "speed", only kernel/);
  assert.throws(() => parseBenchOptions(['--profile', '4.0']), /there is no "4\.0"/);
  assert.throws(() => parseBenchOptions(['--rounds', '0']), /"0" is not a positive whole number/);
  assert.throws(() => parseBenchOptions(['--offloads', 'maybe']), /only on, off/);
  assert.throws(() => parseBenchOptions(['--engines', 'wg-quick']), /no engine "wg-quick"/);
});

test('help asks for nothing else', () => {
  assert.equal(parseBenchOptions(['--help']), undefined);
});
