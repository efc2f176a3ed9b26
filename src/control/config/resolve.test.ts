import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatEndpoint } from '../../protocol/address-text.ts';
import { resolveEndpoint, retriesFromEnvironment } from './resolve.ts';

const NAME = { host: 'vpn.example.com', port: 51820, line: 7, key: 'Endpoint' };

/** A name server that fails with these codes first; records the waits between the questions. */
function flaky(...codes: readonly string[]) {
  const waits: number[] = [];
  let asked = 0;
  return {
    waits,
    options: {
      lookup: async () => {
        const code = codes[asked++];
        if (code !== undefined) throw Object.assign(new Error(code), { code });
        return '192.0.2.9';
      },
      wait: async (milliseconds: number) => void waits.push(Math.round(milliseconds)),
    },
    asked: () => asked,
  };
}

test('addresses need no name server', async () => {
  const lookup = (): never => assert.fail('asked');
  assert.equal(
    formatEndpoint(await resolveEndpoint({ ...NAME, host: '2001:db8::1' }, 'x', { lookup })),
    '[2001:db8::1]:51820',
  );
  assert.equal(
    formatEndpoint(await resolveEndpoint({ ...NAME, host: 'fe80::1%7' }, 'x', { lookup })),
    '[fe80::1%7]:51820',
  );
});

test('a zone that does not exist is named', async () => {
  await assert.rejects(resolveEndpoint({ ...NAME, host: 'fe80::1%nowhere0' }, 'a.conf'), {
    code: 'unresolved-endpoint',
    message: /^a\.conf:7: Endpoint = \[fe80::1%nowhere0\]:51820: there is no interface "nowhere0"/,
  });
});

test('a name that does not exist is final', async () => {
  const server = flaky('ENOTFOUND');
  await assert.rejects(resolveEndpoint(NAME, 'a.conf', server.options), {
    code: 'unresolved-endpoint',
    line: 7,
    message: 'a.conf:7: Endpoint = vpn.example.com:51820: this host name does not exist',
  });
  assert.equal(server.asked(), 1);
});

test('a silent name server is asked again, at growing intervals', async () => {
  const server = flaky('EAI_AGAIN', 'EAI_AGAIN', 'EAI_AGAIN');
  assert.equal(formatEndpoint(await resolveEndpoint(NAME, 'x', server.options)), '192.0.2.9:51820');
  assert.deepEqual(server.waits, [1000, 1200, 1440]);
});

test('the intervals stop growing at 20 s and the attempts end', async () => {
  const server = flaky(...Array.from({ length: 100 }, () => 'EAI_AGAIN'));
  await assert.rejects(resolveEndpoint(NAME, 'x', { ...server.options, retries: 20 }), {
    message: /cannot be resolved now \(EAI_AGAIN\)/,
  });
  assert.deepEqual([server.asked(), server.waits.length, server.waits.at(-1)], [21, 20, 20_000]);
});

test('an abort ends the waiting', async () => {
  const controller = new AbortController();
  const { options } = flaky('EAI_AGAIN');
  const attempt = resolveEndpoint(NAME, 'x', {
    lookup: options.lookup,
    signal: controller.signal,
    onRetry: () => controller.abort('SIGTERM'),
  });
  await assert.rejects(attempt, { name: 'AbortError' });
});

test('the retries of the original tools', () => {
  assert.deepEqual(['infinity', '3', undefined, 'x', ''].map(retriesFromEnvironment), [
    Number.POSITIVE_INFINITY,
    3,
    15,
    15,
    15,
  ]);
});
