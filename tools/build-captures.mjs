/**
 * Renews docs/captures.md: what the commands print, from real runs. Needs root, `ip`, and a build.
 *
 *     node tools/build-captures.mjs
 *
 * Two network namespaces and a cable; in one a server made by `init server`, in the other its client. Both
 * are gone at the end, and so are the keys that the page shows.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));
const PAGE = fileURLToPath(new URL('../docs/captures.md', import.meta.url));
const SERVER = `awgcap${process.pid}s`;
const CLIENT = `awgcap${process.pid}c`;
const READY_MS = 20_000;

const folder = mkdtempSync(join(tmpdir(), 'awg-captures-'));
const env = { ...process.env, AWG_VPN_RUNTIME_DIR: join(folder, 'run'), AWG_VPN_STATE_DIR: folder };
/** BOUNDED by the daemons of this page. */
const daemons = [];

function ip(...args) {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

function inside(namespace, command, ...args) {
  const outcome = spawnSync('ip', ['netns', 'exec', namespace, command, ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  if (outcome.error) throw outcome.error;
  return outcome.stdout + outcome.stderr;
}

function awgVpn(namespace, ...args) {
  return inside(namespace, process.execPath, PROGRAM, ...args);
}

/** As a reader would have typed it, and what came of it. */
function shown(namespace, ...args) {
  const text = awgVpn(namespace, ...args).trimEnd();
  return `\`\`\`console\n# awg-vpn ${args.join(' ')}\n${text}\n\`\`\`\n`;
}

async function up(namespace, file) {
  const daemon = spawn('ip', ['netns', 'exec', namespace, process.execPath, PROGRAM, 'up', file], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  daemons.push(daemon);
  let log = '';
  daemon.stderr.on('data', (chunk) => (log += chunk));
  for (let waited = 0; !log.includes('is up ('); waited += 50) {
    if (waited > READY_MS || daemon.exitCode !== null) throw new Error(`${file} does not come up:\n${log}`);
    await sleep(50);
  }
  return daemon;
}

async function stop(daemon) {
  daemon.kill('SIGTERM');
  for (let waited = 0; daemon.exitCode === null && waited < 5000; waited += 50) await sleep(50);
}

function layCable() {
  for (const name of [SERVER, CLIENT]) {
    ip('netns', 'add', name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
  }
  ip('-n', SERVER, 'link', 'add', 'wan', 'type', 'veth', 'peer', 'name', 'wan', 'netns', CLIENT);
  ip('-n', SERVER, 'address', 'add', '192.0.2.1/24', 'dev', 'wan');
  ip('-n', CLIENT, 'address', 'add', '192.0.2.2/24', 'dev', 'wan');
  for (const name of [SERVER, CLIENT]) ip('-n', name, 'link', 'set', 'wan', 'up');
}

/** The file with one value of [Interface] changed, as somebody who mistypes it. */
function mistyped(name, key, change) {
  const text = readFileSync(join(folder, 'laptop.conf'), 'utf8');
  const wrong = text.replace(new RegExp(`^${key} = (\\d+)`, 'm'), (_, value) => `${key} = ${change(Number(value))}`);
  if (wrong === text) throw new Error(`the client's file has no ${key}`);
  writeFileSync(join(folder, name), wrong, { mode: 0o600 });
}

async function makeServer() {
  awgVpn(
    SERVER,
    'init',
    'server',
    '--name',
    './wg0.conf',
    '--endpoint',
    '192.0.2.1',
    '--port',
    '51820',
    '--client',
    'laptop',
  );
  writeFileSync(join(folder, 'laptop.conf'), awgVpn(SERVER, 'export', './wg0.conf', 'laptop', '--format', 'conf'), {
    mode: 0o600,
  });
  await up(SERVER, './wg0.conf');
}

async function takeCaptures() {
  await makeServer();
  const page = {};
  const client = await up(CLIENT, './laptop.conf');
  const [gateway] = /Address = ([\d.]+)/.exec(readFileSync(join(folder, 'wg0.conf'), 'utf8')).slice(1);
  inside(CLIENT, 'ping', '-c', '3', '-i', '0.2', gateway);
  page.show = shown(CLIENT, 'show', 'laptop');
  page.status = shown(CLIENT, 'status', 'laptop');
  await stop(client);

  mistyped('s4.conf', 'S4', (value) => value + 4);
  const broken = await up(CLIENT, './s4.conf');
  inside(CLIENT, 'ping', '-c', '2', '-W', '1', gateway);
  page.broken = shown(CLIENT, 'status', 's4');
  await stop(broken);

  mistyped('s1.conf', 'S1', (value) => value + 1);
  page.doctor = shown(CLIENT, 'doctor', './s1.conf', '--probe', '--seconds', '15');

  mistyped('doubtful.conf', 'Jmin', () => 1100);
  const text = readFileSync(join(folder, 'doubtful.conf'), 'utf8').replace('[Peer]', 'MTU = 1500\n\n[Peer]');
  writeFileSync(join(folder, 'doubtful.conf'), text.replace(/^Jmax = .*$/m, 'Jmax = 1400'), { mode: 0o644 });
  page.lint = shown(CLIENT, 'lint', './doubtful.conf');
  page.qr = shown(SERVER, 'export', './wg0.conf', 'laptop', '--format', 'qr');
  return page;
}

function pageText({ show, status, broken, doctor, lint, qr }) {
  return `# What it looks like

From real runs: two network namespaces, a server made by \`init server\`, its client. Renewed by
\`node tools/build-captures.mjs\` (root); the keys lived as long as the run.

## show

${show}
## status

${status}
The same client with S4 mistyped. Handshakes do not depend on it, data does:

${broken}
## doctor

S1 mistyped, so that not even handshakes succeed:

${doctor}
## lint

${lint}
## export, as a QR code

${qr}`;
}

try {
  layCable();
  writeFileSync(PAGE, pageText(await takeCaptures()));
} finally {
  for (const daemon of daemons) await stop(daemon);
  for (const name of [SERVER, CLIENT]) spawnSync('ip', ['netns', 'delete', name]);
  rmSync(folder, { recursive: true, force: true });
}
