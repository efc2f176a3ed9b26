import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../control/config/parse.ts';
import { isNull } from '../../protocol/obfuscation/null-profile.ts';
import { makeConfigs } from './demo-config.ts';

const outer = { left: { host: '192.0.2.1', port: 1111 }, right: { host: '192.0.2.2', port: 2222 } };

test('both files are accepted without a warning, whatever was drawn', () => {
  for (let round = 0; round < 200; round++) {
    const { left, right } = makeConfigs(outer);
    assert.deepEqual(parseConfig(left, 'left.conf').warnings, []);
    assert.deepEqual(parseConfig(right, 'right.conf').warnings, []);
  }
});

test('the two ends fit together and are obfuscated', () => {
  const configs = makeConfigs(outer);
  const left = parseConfig(configs.left, 'left.conf');
  const right = parseConfig(configs.right, 'right.conf');
  assert.equal(isNull(left.profile), false);
  assert.deepEqual(JSON.stringify(left.profile), JSON.stringify(right.profile));
  assert.deepEqual(left.peers[0]?.presharedKey, right.peers[0]?.presharedKey);
  assert.equal(left.peers[0]?.endpoint?.port, right.listenPort);
  assert.deepEqual(
    left.peers[0]?.allowedIps.map(({ address }) => address),
    right.addresses.map(({ address }) => address),
  );
});

test('no two runs look alike', () => {
  assert.notDeepEqual(makeConfigs(outer).profile, makeConfigs(outer).profile);
});
