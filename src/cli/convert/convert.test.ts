import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { pngPicture, readQr, svgPicture, terminalPicture } from '../../../test/support/qr-reader.ts';
import { runCommandLine } from '../program.ts';

const PRIVATE = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=';
const FILE = `[Interface]
PrivateKey = ${PRIVATE}
Address = 10.8.0.2/32
Jc = 4

[Peer]
PublicKey = QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=
AllowedIPs = 0.0.0.0/0
Endpoint = 192.0.2.1:51820
`;

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(args: readonly string[], stdin: string | Buffer = ''): Promise<Outcome> {
  const output = { stdout: '', stderr: '' };
  const code = await runCommandLine(args, {
    stdin: (async function* () {
      yield stdin;
    })(),
    stdout: (text) => (output.stdout += text),
    // Where the tests' own output goes is not what they are about.
    stderr: (text) => (output.stderr += text.includes('writing a secret') ? '' : text),
    environment: {},
  });
  return { code, ...output };
}

function temporaryFile(context: TestContext, name: string, text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'awg-convert-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

test('each form becomes each other form, and comes back', async () => {
  for (const form of ['conf', 'json', 'uapi', 'link']) {
    const there = await run(['convert', '--to', form, '-'], FILE);
    assert.equal(there.code, 0, there.stderr);
    const back = await run(['convert', '--to', 'conf', '-'], there.stdout);
    const named = await run(['convert', '--from', form, '--to', 'conf', '-'], there.stdout);
    const expected =
      form === 'uapi' ? FILE.replace(/Address.*\n/, '').replace(/(AllowedIPs.*\n)(Endpoint.*\n)/, '$2$1') : FILE;
    assert.deepEqual([back.stdout, named.stdout], [expected, expected], form);
  }
});

test('what gets lost is said on standard error, without values', async () => {
  const { stdout, stderr } = await run(['convert', '--to', 'uapi', '-'], FILE.replace('Jc', 'Secret = abc\nJc'));
  assert.match(stdout, /^set=1\n/);
  assert.equal(
    stderr,
    [
      'awg-vpn: warning: standard input:4: Secret: is not a known key here; it is kept as it is\n',
      'awg-vpn: warning: standard input:3: Address: has no place on the control socket; it is left out\n',
      'awg-vpn: warning: standard input:4: Secret: has no place on the control socket; it is left out\n',
    ].join(''),
  );
});

test('--output writes a file for its owner alone, whatever was there', async (context) => {
  const file = temporaryFile(context, 'a.conf', FILE);
  const output = join(file, '..', 'out.json');
  writeFileSync(output, 'old', { mode: 0o644 });
  assert.deepEqual(await run(['convert', file, '--to', 'json', '--output', output]), {
    code: 0,
    stdout: '',
    stderr: '',
  });
  assert.equal(statSync(output).mode & 0o777, 0o600);
  assert.equal((JSON.parse(readFileSync(output, 'utf8')) as { version: number }).version, 1);
  assert.deepEqual(readdirSync(join(file, '..')).sort(), ['a.conf', 'out.json']);
});

test('errors are one line, end with 2 and repeat no secret', async () => {
  for (const [args, stdin, message] of [
    [['convert', '--to', 'json', '-'], '', /^awg-vpn: standard input: is empty\n$/],
    [['convert', '--to', 'json', '-'], Buffer.from([0x5b, 0xff, 0xfe]), /is not UTF-8 text\n$/],
    [['convert', '--to', 'json', '-'], `${FILE}\0`, /is not UTF-8 text\n$/],
    [['convert', '--to', 'uapi', '-'], FILE.replace('HR5f', 'x').replace('Hl8=', 'H'), /PrivateKey: is/],
    [['convert', '--from', 'uapi', '--to', 'conf', '-'], `private_key=${PRIVATE}`, /private_key: is not a key of 64/],
    [['convert', '--to', 'link', '-'], FILE.replace(/Endpoint.*/, ''), /has no Endpoint, which AmneziaVPN needs/],
    [
      ['convert', '--to', 'conf', '-'],
      JSON.stringify({ interface: { PostUp: ['a\nb'] }, peers: [] }),
      /the value of PostUp has a line break/,
    ],
    [['convert', '--to', 'yaml', '-'], FILE, /Allowed choices are conf, json, uapi, link/],
    [['convert', '-'], FILE, /required option '--to <form>'/],
    [['qr', '-', '--output', 'x.gif'], FILE, /has to end in \.png or \.svg/],
    [['qr', '-'], FILE + '# long\n'.repeat(500), /holds 2953/],
  ] as const) {
    const { code, stdout, stderr } = await run(args, stdin);
    assert.deepEqual([code, stdout], [2, ''], stderr);
    assert.match(stderr, message);
    assert.ok(!stderr.includes(PRIVATE.slice(0, 20)), stderr);
  }
  assert.deepEqual(await run(['convert', '--to', 'conf', '/nonexistent/x.conf']), {
    code: 2,
    stdout: '',
    stderr: 'awg-vpn: /nonexistent/x.conf: there is no such file\n',
  });
  const device = await run(['convert', '--to', 'conf', '--output', '/dev/null', '-'], FILE);
  assert.deepEqual([device.code, device.stderr], [2, 'awg-vpn: /dev/null: is not a file\n']);
});

test('qr shows the file itself, for either ground of a terminal', async () => {
  assert.equal(readQr(terminalPicture((await run(['qr', '-'], FILE)).stdout, false)), FILE);
  assert.equal(readQr(terminalPicture((await run(['qr', '-', '--invert'], FILE)).stdout, true)), FILE);
});

test('qr writes images for their owner alone', async (context) => {
  const file = temporaryFile(context, 'a.conf', FILE);
  for (const extension of ['png', 'svg']) {
    const output = join(file, '..', `out.${extension}`);
    assert.deepEqual(await run(['qr', file, '--output', output]), { code: 0, stdout: `${output}\n`, stderr: '' });
    assert.equal(statSync(output).mode & 0o777, 0o600);
  }
  assert.equal(readQr(svgPicture(readFileSync(join(file, '..', 'out.svg'), 'utf8'))), FILE);
  const pixels = pngPicture(readFileSync(join(file, '..', 'out.png')));
  assert.equal(readQr(pixels.filter((_, y) => y % 8 === 0).map((row) => row.filter((_, x) => x % 8 === 0))), FILE);
});

test('qr for AmneziaVPN is a series that gives the file back', async (context) => {
  const noise = Array.from({ length: 300 }, (_, index) => (index * 7919) % 10007).join(' ');
  const file = temporaryFile(context, 'a.conf', `${FILE}# ${noise}\n`);
  const output = join(file, '..', 'out.svg');
  const { stdout } = await run(['qr', file, '--for', 'amneziavpn', '--name', 'Phone', '--output', output]);
  const paths = stdout.trim().split('\n');
  assert.deepEqual(
    paths.map((path) => path.slice(-9)),
    paths.map((_, index) => `out-${index + 1}.svg`),
  );
  assert.ok(paths.length > 1);
  const texts = paths.map((path) => readQr(svgPicture(readFileSync(path, 'utf8'))));
  const { stdout: back } = await run(['convert', '--from', 'link', '--to', 'conf', '-'], texts.join('\n'));
  assert.equal(back, `${FILE}# ${noise}\n`);
  const shown = await run(['qr', '-', '--for', 'amneziavpn'], FILE);
  assert.match(readQr(terminalPicture(shown.stdout, false)), /^B8/);
  assert.match((await run(['qr', file, '--for', 'amneziavpn'])).stdout, /^1 of \d\n█+\n[\s\S]*\n2 of \d\n/);
});

test('hooks that came with a link stay out of a file unless they are asked for', async () => {
  const hooked = FILE.replace('Jc = 4', 'Jc = 4\nPostUp = curl x | sh\npostdown = y');
  const link = (await run(['convert', '--to', 'link', '-'], hooked)).stdout;
  const plain = await run(['convert', '--to', 'conf', '-'], link);
  assert.equal(plain.stdout, FILE);
  assert.match(plain.stderr, /warning: standard input: the hooks of the link are left out\n$/);
  assert.match(
    (await run(['convert', '--to', 'conf', '--hooks', '-'], link)).stdout,
    /PostUp = curl x \| sh\nPostDown = y/,
  );
  assert.match(
    (await run(['convert', '--to', 'conf', '-'], hooked)).stdout,
    /PostUp/,
    'of a file they are the owner’s',
  );
});
