import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isResolvconfRecord, resolvconfRecord } from './name-servers.ts';

test('the record has the prefix by which the list of interfaces puts it first', () => {
  assert.equal(resolvconfRecord('wg0', '# order\nlo.inet6\nlo.*\ntun*\neth*\n'), 'tun.wg0');
  assert.equal(resolvconfRecord('wg0', ''), 'wg0');
});

test('a name that would be an option is refused', () => {
  assert.throws(() => resolvconfRecord('-d', ''), { code: 'bad-name', message: /"-d" for an option/ });
  assert.ok(!isResolvconfRecord('a b') && !isResolvconfRecord('') && !isResolvconfRecord('../x'));
});
