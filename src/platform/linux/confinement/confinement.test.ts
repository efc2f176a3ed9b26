import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Confinement } from './confinement.ts';
import { verifyConfinement } from './confinement.ts';
import { findUser } from './service-user.ts';
import { parseStatus, threadStatuses } from './thread-status.ts';

const CONFINED: Readonly<Record<string, string>> = {
  Name: 'libuv-worker',
  Uid: '65534\t65534\t65534\t65534',
  Gid: '65534\t65534\t65534\t65534',
  Groups: '65534 ',
  CapInh: '0000000000000000',
  CapPrm: '0000000000001000',
  CapEff: '0000000000001000',
  CapBnd: '0000000000001000',
  CapAmb: '0000000000000000',
  NoNewPrivs: '1',
  Seccomp: '2',
};
const PROMISE: Confinement = {
  capabilities: ['NET_ADMIN'],
  user: { name: 'nobody', uid: 65534, gid: 65534 },
  isFiltered: true,
};

function status(change: Readonly<Record<string, string>> = {}) {
  const fields = Object.entries({ ...CONFINED, ...change });
  return parseStatus(7, fields.map(([name, value]) => `${name}:\t${value}\n`).join(''));
}

test('a thread that kept what was promised passes, with all capabilities or with fewer', () => {
  const none = '0000000000000000';
  verifyConfinement(PROMISE, [status(), status({ CapPrm: none, CapEff: none, CapBnd: '000001ffffffffff' })]);
});

for (const [what, change, complaint] of [
  ['the old user', { Uid: '0\t65534\t65534\t65534' }, /thread 7 \(libuv-worker\) has users 0,65534/],
  ['the old group', { Gid: '65534\t65534\t0\t65534' }, /has groups/],
  ['another group', { Groups: '65534 27 ' }, /is in the groups 65534,27/],
  ['a capability, permitted', { CapPrm: '0000000000003000' }, /has the capabilities 3000/],
  ['a capability, in force', { CapEff: '0000000000200000' }, /has the capabilities/],
  ['one to hand on', { CapInh: '0000000000001000' }, /to hand on/],
  ['ambient ones', { CapAmb: '0000000000001000' }, /to hand on/],
  ['a wide bounding set', { CapBnd: '0000000000201000' }, /may gain/],
  ['the right to new privileges', { NoNewPrivs: '0' }, /may gain privileges/],
  ['no filter', { Seccomp: '0' }, /has no filter/],
] as const) {
  test(`a thread with ${what} is found, whatever the others have`, () => {
    assert.throws(() => verifyConfinement(PROMISE, [status(), status(change), status()]), {
      code: 'not-confined',
      message: complaint,
    });
  });
}

test('the threads of this process are seen, and are not confined', () => {
  assert.ok(threadStatuses().length > 1, 'Node.js has threads of its own');
  assert.throws(() => verifyConfinement(PROMISE), { code: 'not-confined' });
});

const PASSWD = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\nbroken line\nweb:x:33:34::/:\n';

test('whom to become: our own user, or nobody, or who was named', () => {
  assert.deepEqual(findUser(undefined, PASSWD), { name: 'nobody', uid: 65534, gid: 65534 });
  assert.equal(findUser(undefined, `${PASSWD}awg-vpn:x:990:991::/:\n`).uid, 990);
  assert.deepEqual(findUser('web', PASSWD), { name: 'web', uid: 33, gid: 34 });
  assert.deepEqual(findUser('1234:1235', PASSWD), { name: '1234:1235', uid: 1234, gid: 1235 });
  assert.equal(findUser('1234', PASSWD).gid, 1234);
});

test('a user that is not there is quoted', () => {
  assert.throws(() => findUser('awgvpn', PASSWD), { code: 'unknown-user', message: /"awgvpn"/ });
  assert.throws(() => findUser('4294967295', PASSWD), { code: 'unknown-user' });
  assert.throws(() => findUser(undefined, 'root:x:0:0::/:\n'), { code: 'unknown-user', message: /--user/ });
});
