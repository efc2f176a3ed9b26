import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { socketPath } from '../control/runtime-directory.ts';
import { ControlServer } from '../control/socket/control-server.ts';
import { COMMAND_NAMES, loadAllCommands, loadCommand } from './commands.ts';
import { runCommandLine } from './program.ts';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  args: readonly string[],
  options: { stdin?: string; environment?: NodeJS.ProcessEnv } = {},
): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  const code = await runCommandLine(args, {
    stdin: (async function* () {
      yield options.stdin ?? '';
    })(),
    stdout: (text) => (stdout += text),
    stderr: (text) => (stderr += text),
    environment: options.environment ?? {},
  });
  return { code, stdout, stderr };
}

function temporaryDirectory(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'awg-cli-'));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('every command has help with its examples', async () => {
  for (const command of await loadAllCommands()) {
    const { code, stdout } = await run([command.name, '--help']);
    assert.equal(code, 0, command.name);
    assert.ok(command.examples.length > 0);
    for (const { line } of command.examples) assert.ok(stdout.includes(line), `${command.name}: ${line}`);
  }
});

test('a command is loaded by the name that it has', async () => {
  for (const name of COMMAND_NAMES) assert.equal((await loadCommand(name)).name, name);
});

test('the overview names every command', async () => {
  const { stdout, code } = await run(['help']);
  assert.equal(code, 0);
  for (const name of COMMAND_NAMES) assert.match(stdout, new RegExp(`^ {2}${name}\\b`, 'm'));
});

test('wrong usage ends with 2 and a complaint', async () => {
  for (const args of [
    ['bogus'],
    ['up'],
    ['up', 'a', 'b'],
    ['show', '--yaml'],
    ['up', 'x', '--log-level', 'loud'],
    ['down', 'a/b'],
  ]) {
    const { code, stderr, stdout } = await run(args);
    assert.deepEqual([code, stdout], [2, ''], args.join(' '));
    assert.match(stderr, /^awg-vpn: /, args.join(' '));
  }
});

test('genkey, pubkey and genpsk', async () => {
  const { stdout: generated } = await run(['genkey']);
  const { stdout: again } = await run(['genkey']);
  assert.notEqual(generated, again);
  const { code, stdout } = await run(['pubkey'], { stdin: `  ${generated}\n` });
  assert.deepEqual([code, Buffer.from(stdout, 'base64').length], [0, 32]);
  assert.equal(Buffer.from((await run(['genpsk'])).stdout, 'base64').length, 32);
});

test('pubkey agrees with wg', async () => {
  const { stdout } = await run(['pubkey'], { stdin: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=' });
  assert.equal(stdout, 'j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8=\n');
});

test('pubkey refuses what is no key, without repeating it', async () => {
  for (const stdin of ['', 'secret', 'x'.repeat(5000)]) {
    const { code, stderr } = await run(['pubkey'], { stdin });
    assert.equal(code, 2);
    assert.match(stderr, /^awg-vpn: standard input: /);
    assert.ok(stdin === '' || !stderr.includes(stdin));
  }
});

test('a bad configuration names file, line, key and value, and ends with 2', async (context) => {
  const file = join(temporaryDirectory(context), 'wg0.conf');
  writeFileSync(file, '[Interface]\nListenPort = 99999\n', { mode: 0o600 });
  const { code, stderr } = await run(['up', file]);
  assert.deepEqual([code, stderr], [2, `awg-vpn: ${file}:2: ListenPort = 99999: is not a number from 0 to 65535\n`]);
});

const KEY = 'QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=';

test('--check reads the file, warns and does nothing', async (context) => {
  const directory = temporaryDirectory(context);
  const file = join(directory, 'wg0.conf');
  writeFileSync(
    file,
    `[Interface]\nPrivateKey = ${(await run(['genkey'])).stdout}[Peer]\nPublicKey = ${KEY}\nAdvancedSecurity = on\n`,
  );
  chmodSync(directory, 0o755);
  chmodSync(file, 0o644);
  const { code, stdout, stderr } = await run(['up', file, '--check', '--log-format', 'json']);
  assert.deepEqual([code, stdout], [0, '']);
  const messages = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { level: string; msg: string });
  assert.deepEqual(
    messages.map((message) => message.level),
    ['warn', 'warn'],
  );
  assert.match(messages[0]?.msg ?? '', /is accessible to every user/);
  assert.match(messages[1]?.msg ?? '', /wg0\.conf:5: AdvancedSecurity: is ignored/);
});

test('show asks every running tunnel, for programs', async (context) => {
  const directory = temporaryDirectory(context);
  const environment = { AWG_VPN_RUNTIME_DIR: directory };
  const report = {
    name: 'wg0',
    publicKey: 'KEY=',
    listenPort: 51820,
    fwmark: 0,
    mtu: 1420,
    kernel: 'x',
    process: 1,
    obfuscation: { jc: 4 },
    listeners: [],
    streams: null,
    peers: [],
    drops: {},
  };
  const server = await ControlServer.listen(socketPath(directory, 'wg0'), {
    show: () => report,
    stop: () => undefined,
    running: () => undefined,
    reload: () => undefined,
    status: () => undefined,
  });
  context.after(() => server.close());
  assert.deepEqual(JSON.parse((await run(['show', '--json'], { environment })).stdout), [report]);
  assert.deepEqual(JSON.parse((await run(['show', 'wg0', '--json'], { environment })).stdout), report);
  const hidden = await run(['show', 'wg0'], { environment });
  assert.deepEqual([hidden.code, hidden.stdout], [1, '']);
  assert.match(hidden.stderr, /tunnel "wg0" has no configuration socket: see "up --uapi"/);
  assert.deepEqual(await run(['show', 'wg1'], { environment }), {
    code: 1,
    stdout: '',
    stderr: 'awg-vpn: no tunnel "wg1" is running\n',
  });
  assert.deepEqual(await run(['show'], { environment: { AWG_VPN_RUNTIME_DIR: '/nonexistent' } }), {
    code: 0,
    stdout: '',
    stderr: '',
  });
});

test('down of a tunnel that does not run ends with 1', async (context) => {
  const environment = { AWG_VPN_RUNTIME_DIR: temporaryDirectory(context) };
  assert.deepEqual(await run(['down', 'wg0'], { environment }), {
    code: 1,
    stdout: '',
    stderr: 'awg-vpn: no tunnel "wg0" is running\n',
  });
});
