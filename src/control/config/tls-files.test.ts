import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { selfSigned } from '../../../test/support/self-signed.ts';
import { readAuthorities, readIdentity } from './tls-files.ts';

const directory = mkdtempSync(join(tmpdir(), 'awg-tls-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const CONFIG = join(directory, 'wg0.conf');
const GOOD = selfSigned(['vpn.example.com']);

function put(name: string, text: string, mode = 0o600): void {
  writeFileSync(join(directory, name), text);
  chmodSync(join(directory, name), mode);
}

put('good.pem', GOOD.certificate, 0o644);
put('good.key', GOOD.key);

const warnings: string[] = [];

function read(certificate: string, key: string) {
  warnings.length = 0;
  const files = {
    certificate: { path: certificate, line: 3, key: 'TLSCertificate' },
    key: { path: key, line: 4, key: 'TLSKey' },
  };
  return readIdentity(files, CONFIG, (warning) => warnings.push(warning));
}

test('reads files beside the configuration, or anywhere', async () => {
  assert.deepEqual(await read('good.pem', 'good.key'), { certificate: GOOD.certificate, key: GOOD.key });
  assert.deepEqual(await read(join(directory, 'good.pem'), 'good.key'), {
    certificate: GOOD.certificate,
    key: GOOD.key,
  });
  assert.deepEqual(warnings, []);
});

test('what is wrong with a file is said with the place that names it', async () => {
  put('text.pem', 'hello');
  put('broken.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  put('other.key', selfSigned(['x']).key);
  put('huge.pem', 'x'.repeat(1024 * 1024 + 1));
  const cases = [
    ['missing.pem', 'good.key', 'not-found', 'wg0.conf:3: TLSCertificate = missing.pem: there is no such file'],
    ['.', 'good.key', 'unreadable', 'wg0.conf:3: TLSCertificate = .: cannot be read (EISDIR)'],
    ['huge.pem', 'good.key', 'too-large', 'TLSCertificate = huge.pem: is larger than 1048576 bytes'],
    [
      'text.pem',
      'good.key',
      'bad-tls-file',
      'wg0.conf:3: TLSCertificate = text.pem: holds no certificate in PEM format',
    ],
    ['broken.pem', 'good.key', 'bad-tls-file', 'TLSCertificate = broken.pem: holds a certificate that is damaged'],
    ['good.pem', 'good.pem', 'bad-tls-file', 'wg0.conf:4: TLSKey = good.pem: holds no private key in PEM format'],
    ['good.pem', 'other.key', 'bad-tls-file', 'TLSKey = other.key: is not the key of the certificate in good.pem'],
  ] as const;
  for (const [certificate, key, code, message] of cases) {
    await assert.rejects(read(certificate, key), (error: { code: string; message: string }) => {
      assert.equal(error.code, code, error.message);
      assert.ok(error.message.endsWith(message), error.message);
      return true;
    });
  }
});

test('a key behind a passphrase is called so', async () => {
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' },
  });
  put('locked.key', privateKey);
  await assert.rejects(read('good.pem', 'locked.key'), {
    message: /holds a key behind a passphrase, which nobody is there to type$/,
  });
});

test('a key that everyone may read gets a warning, one for a group does not', async () => {
  put('group.key', GOOD.key, 0o640);
  put('open.key', GOOD.key, 0o644);
  await read('good.pem', 'group.key');
  assert.deepEqual(warnings, []);
  await read('good.pem', 'open.key');
  assert.deepEqual(warnings, [
    `${CONFIG}:4: TLSKey = open.key: is accessible to every user of this system; "chmod 600" it`,
  ]);
});

test('a certificate that has expired gets a warning', async () => {
  const { certificate, key } = selfSigned(['x'], { validDays: -1 / 2 });
  put('old.pem', certificate);
  put('old.key', key);
  await read('old.pem', 'old.key');
  assert.match(warnings.join(), /TLSCertificate = old\.pem: has expired on /);
});

test('authorities', async () => {
  const file = (path: string) => ({ path, line: 9, key: 'TLSCA' });
  assert.equal(await readAuthorities(file('good.pem'), CONFIG), GOOD.certificate);
  await assert.rejects(readAuthorities(file('good.key'), CONFIG), {
    code: 'bad-tls-file',
    message: `${CONFIG}:9: TLSCA = good.key: holds no certificate in PEM format`,
  });
});
