import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../config/parse.ts';
import { applyHookPolicy } from './hook-policy.ts';

const PLAIN = '[Interface]\nPrivateKey = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=\n';
const hooked = parseConfig(`${PLAIN}PostDown = b\nPreUp = secret\n`, 'x.conf');
const shared = { path: 'x.conf', distrust: 'x.conf belongs to the user 7' };

test('hooks of a file that others can write are refused, by the first line and without its text', () => {
  assert.throws(
    () => applyHookPolicy(hooked, shared, 'trusted'),
    (error: Error & { code?: string }) => {
      assert.match(error.message, /^x\.conf:3: PostDown: commands run only .* belongs to the user 7; .*--hooks/);
      return error.code === 'untrusted-hooks' && !error.message.includes('secret');
    },
  );
});

test('a file of root alone, a file without hooks, or the word of the user', () => {
  assert.equal(applyHookPolicy(hooked, { ...shared, distrust: undefined }, 'trusted'), hooked);
  const bare = parseConfig(PLAIN, 'x.conf');
  assert.equal(applyHookPolicy(bare, shared, 'trusted'), bare);
  assert.equal(applyHookPolicy(hooked, shared, 'always'), hooked);
  assert.deepEqual(applyHookPolicy(hooked, shared, 'never').hooks, bare.hooks);
});
