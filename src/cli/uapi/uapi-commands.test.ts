/** The commands of `wg`, as a user runs them, in front of a device that answers on its socket. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { FakePlatform, settings } from '../../../test/support/fake-platform.ts';
import { uapiPath } from '../../control/runtime-directory.ts';
import { getAnswer } from '../../control/uapi/get-answer.ts';
import { UapiServer } from '../../control/uapi/uapi-server.ts';
import { Device } from '../../device/device.ts';
import { runCommandLine } from '../program.ts';

const key = (fill: number): string => Buffer.alloc(32, fill).toString('base64');
const hex = (fill: number): string => Buffer.alloc(32, fill).toString('hex');

/** The peer that the device of `settings` has. */
const FIRST = Buffer.from(Array.from({ length: 32 }, (_, index) => index + 9)).toString('base64');

class World {
  readonly directory: string;
  readonly device: Device;
  readonly #refusals: string[];

  private constructor(directory: string, device: Device, refusals: string[]) {
    this.directory = directory;
    this.device = device;
    this.#refusals = refusals;
  }

  static async open(context: TestContext): Promise<World> {
    const directory = mkdtempSync(join(tmpdir(), 'awg-cli-'));
    const device = await Device.open(settings(), { platform: new FakePlatform() });
    const refusals: string[] = [];
    const options = { onRefusal: (reason: string): void => void refusals.push(reason) };
    const server = await UapiServer.listen(uapiPath(directory, 'wireguard', 'wg0'), device, options);
    context.after(async () => {
      await server.close();
      await device.close();
      rmSync(directory, { recursive: true });
    });
    return new World(directory, device, refusals);
  }

  /** Everything about the device, in the language of the socket. */
  get state(): string {
    return getAnswer(this.device.configuration());
  }

  get refusals(): string {
    return this.#refusals.join('\n');
  }

  file(text: string): string {
    const path = join(this.directory, 'file');
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  /** `code output`. */
  async run(args: readonly string[], stdin = '', environment: NodeJS.ProcessEnv = {}): Promise<string> {
    let output = '';
    const code = await runCommandLine(args, {
      stdin: (async function* () {
        yield stdin;
      })(),
      stdout: (text) => (output += text),
      stderr: (text) => (output += text),
      environment: { AWG_VPN_RUNTIME_DIR: this.directory, ...environment },
    });
    return `${code} ${output}`;
  }
}

test('show in all its forms', async (context) => {
  const world = await World.open(context);
  const whole = await world.run(['show', 'wg0']);
  assert.match(
    whole,
    /^0 interface: wg0\n {2}public key: .*\n {2}private key: \(hidden\)\n {2}listening port: 4321\n\npeer: /,
  );
  assert.equal(await world.run(['show']), whole);
  assert.equal(await world.run(['show', 'all']), whole);
  assert.equal(await world.run(['show', 'interfaces']), '0 wg0\n');
  assert.equal(await world.run(['show', 'interfaces', '--json']), '0 [\n  "wg0"\n]\n');
  assert.equal(await world.run(['show', 'wg0', 'endpoints']), `0 ${FIRST}\t192.0.2.1:51820\n`);
  assert.equal(await world.run(['show', 'all', 'listen-port']), '0 wg0\t4321\n');
  assert.match(await world.run(['show'], '', { WG_HIDE_KEYS: 'never' }), /private key: AAEC/);
  assert.match(
    await world.run(['show'], '', { WG_COLOR_MODE: 'always' }),
    new RegExp(`${String.fromCharCode(27)}\\[33m`),
  );
});

test('what show does not know is said, and ends with 2', async (context) => {
  const world = await World.open(context);
  assert.match(await world.run(['show', 'wg0', 'port']), /^2 awg-vpn: "port": is none of the facts .*listen-port/);
  assert.match(await world.run(['show', 'interfaces', 'peers']), /^2 awg-vpn: "interfaces" has no "peers"/);
  assert.match(await world.run(['show', 'wg0', 'peers', '--json']), /^2 awg-vpn: "peers" is a line for scripts/);
  assert.equal(await world.run(['show', 'wg1', 'peers']), '1 awg-vpn: no tunnel "wg1" is running\n');
});

test('set changes what it names, all of it or nothing', async (context) => {
  const world = await World.open(context);
  const secret = world.file(`${key(7)}\n`);
  const words = ['fwmark', '0x10', 'jc', '3', 'jmin', '5', 'jmax', '9', 'i1', '<r 5>', 'random-trailers', 'on'];
  const peer = ['peer', key(5), 'preshared-key', secret, 'endpoint', '[2001:db8::1]:7', 'persistent-keepalive', '25'];
  assert.equal(
    await world.run(['set', 'wg0', ...words, ...peer, 'allowed-ips', '10.5.0.0/16,fd05::/64,10.6.6.6']),
    '0 ',
  );
  assert.match(world.state, /fwmark=16\njc=3\njmin=5\njmax=9\n.*\ni1=<r 5>\nrandom_trailers=1\n/s);
  const lines = world.state.slice(world.state.indexOf(hex(5))).split('\n');
  assert.deepEqual(
    lines.filter((line) => /^(preshared|endpoint|persistent|allowed)/.test(line)),
    [
      `preshared_key=${hex(7)}`,
      'endpoint=[2001:db8::1]:7',
      'persistent_keepalive_interval=25',
      'allowed_ip=10.5.0.0/16',
      'allowed_ip=10.6.6.6/32',
      'allowed_ip=fd05::/64',
    ],
  );
  const before = world.state;
  assert.match(
    await world.run(['set', 'wg0', 'fwmark', '1', 'jmin', '50']),
    /^1 awg-vpn: .*invalid argument \(EINVAL\)/,
  );
  assert.equal(world.state, before);
  assert.match(world.refusals, /Jmin = "50": is greater than Jmax = 9/);
});

test('set adds and removes single allowed IPs, and whole peers', async (context) => {
  const world = await World.open(context);
  const allowed = async (value: string): Promise<string> => {
    assert.equal(await world.run(['set', 'wg0', 'peer', FIRST, 'allowed-ips', value]), '0 ');
    return (await world.run(['show', 'wg0', 'allowed-ips'])).trimEnd().split('\t')[1] ?? '';
  };
  assert.equal(await allowed('+10.1.0.0/16'), '10.0.0.0/8 10.1.0.0/16');
  assert.equal(await allowed('-10.0.0.0/8,+fd00::/8'), '10.1.0.0/16 fd00::/8');
  assert.equal(await allowed('10.2.0.0/16'), '10.2.0.0/16');
  assert.equal(await allowed(''), '(none)');
  assert.equal(await world.run(['set', 'wg0', 'peer', FIRST, 'remove']), '0 ');
  assert.equal(await world.run(['show', 'wg0', 'peers']), '0 ');
});

test('keys come from files, an empty one removes the key, and no message repeats one', async (context) => {
  const world = await World.open(context);
  assert.equal(await world.run(['set', 'wg0', 'private-key', world.file(key(9))]), '0 ');
  assert.match(world.state, /^private_key=0809/);
  assert.equal(await world.run(['set', 'wg0', 'private-key', '/dev/null']), '0 ');
  assert.doesNotMatch(world.state, /private_key/);
  const spoiled = `${key(9).slice(0, 20)}!${key(9).slice(21)}`;
  const output = await world.run(['set', 'wg0', 'private-key', world.file(spoiled)]);
  assert.match(output, /^2 awg-vpn: .*is not base64/);
  assert.ok(!output.includes(spoiled));
  assert.match(await world.run(['set', 'wg0', 'private-key', '/nonexistent/key']), /^2 awg-vpn: \/nonexistent\/key: /);
});

test('words that make no sense are quoted, and change nothing', async (context) => {
  const world = await World.open(context);
  const before = world.state;
  const refused: ReadonlyArray<readonly [words: readonly string[], complaint: RegExp]> = [
    [['fwmark', '1', 'bogus', '1'], /"bogus": is no setting of a tunnel/],
    [['fwmark', '1', 'listenport', '1'], /"listenport": is no setting of a tunnel/],
    [['fwmark', '1', 'address', '10.0.0.1/8'], /"address": is no setting/],
    [['peer', key(5), 'listen-port', '1'], /"listen-port": is no setting of a peer/],
    [['peer', key(5), 'public-key', key(6)], /"public-key": is no setting of a peer/],
    [['peer'], /"peer": has no value/],
    [['peer', 'x'], /peer: /],
    [['fwmark'], /"fwmark": has no value/],
    [['listen-port', '70000'], /command line: listen-port = 70000: is not a number from 0 to/],
    [['peer', key(5), 'allowed-ips', '+10.0.0.0/8,10.1.0.0/16'], /either all allowed IPs have a sign, or none/],
    [['peer', key(5), 'allowed-ips', '10.0.0.0/40'], /"\/40" is not a prefix length/],
    [['peer', key(5), 'endpoint', '192.0.2.1'], /is not host:port/],
    [['i1', '<r 1>\nfwmark=7'], /has a line break/],
  ];
  for (const [words, complaint] of refused) {
    const output = await world.run(['set', 'wg0', ...words]);
    assert.match(output, /^2 /, words.join(' '));
    assert.match(output, complaint, words.join(' '));
  }
  assert.equal(world.state, before);
});

test('showconf prints what setconf takes, and nothing changes by it', async (context) => {
  const world = await World.open(context);
  const keys = [
    'jc',
    '3',
    'jmin',
    '5',
    'jmax',
    '9',
    's1',
    '16',
    'h4',
    '70-90',
    'i2',
    '<b 0x3d23><r 5>',
    'disable-cookies',
    'on',
  ];
  await world.run(['set', 'wg0', 'fwmark', '5', ...keys, 'peer', key(5), 'persistent-keepalive', '20-30']);
  const before = world.state;
  const shown = await world.run(['showconf', 'wg0']);
  assert.match(shown, /^0 \[Interface\]\nListenPort = 4321\nFwMark = 0x5\nPrivateKey = /);
  assert.equal(await world.run(['setconf', 'wg0', '-'], shown.slice(2)), '0 ');
  assert.equal(world.state, before);
  assert.equal(await world.run(['syncconf', 'wg0', '-'], shown.slice(2)), '0 ');
  assert.equal(world.state, before);
});

test('setconf takes away what the file does not have, but AWG parameters', async (context) => {
  const world = await World.open(context);
  await world.run(['set', 'wg0', 'fwmark', '5', 'jc', '3', 'jmax', '9']);
  const file = world.file(`[Interface]\nListenPort = 4001\n[Peer]\nPublicKey = ${key(5)}\n`);
  assert.equal(await world.run(['setconf', 'wg0', file]), '0 ');
  assert.match(world.state, /^listen_port=4001\njc=3\njmax=9\n/);
  assert.doesNotMatch(world.state, /private_key|fwmark/);
  assert.deepEqual(world.state.match(/public_key=.*/g), [`public_key=${hex(5)}`]);
});

test('addconf takes nothing away but allowed IPs of the peers in the file', async (context) => {
  const world = await World.open(context);
  const file = world.file(`[Peer]\nPublicKey = ${FIRST}\n[Peer]\nPublicKey = ${key(5)}\nAllowedIPs = 10.5.0.0/16\n`);
  assert.equal(await world.run(['addconf', 'wg0', file]), '0 ');
  assert.match(world.state, /private_key=/);
  assert.equal(await world.run(['show', 'wg0', 'allowed-ips']), `0 ${FIRST}\t(none)\n${key(5)}\t10.5.0.0/16\n`);
});

test('syncconf removes peers that the file does not have, and leaves alone what it does not mention', async (context) => {
  const world = await World.open(context);
  const secret = world.file(key(7));
  await world.run(['set', 'wg0', 'peer', key(5), 'preshared-key', secret, 'endpoint', '192.0.2.5:5']);
  const file = world.file(`[Peer]\nPublicKey = ${key(5)}\nAllowedIPs = 10.5.0.0/16\n`);
  assert.equal(await world.run(['syncconf', 'wg0', file]), '0 ');
  assert.equal(await world.run(['show', 'wg0', 'preshared-keys']), `0 ${key(5)}\t${key(7)}\n`);
  assert.equal(await world.run(['show', 'wg0', 'endpoints']), `0 ${key(5)}\t192.0.2.5:5\n`);
  assert.equal(await world.run(['syncconf', 'wg0', world.file('[Interface]\n')]), '0 ');
  assert.equal(await world.run(['show', 'wg0', 'peers']), '0 ');
});

test('what a running tunnel cannot be told is refused with its place, and changes nothing', async (context) => {
  const world = await World.open(context);
  const before = world.state;
  const refused: ReadonlyArray<readonly [text: string, complaint: RegExp]> = [
    ['[Interface]\nListenPort = 9\nAddress = 10.0.0.1/8\n', /:3: Address: is for "up" and "reload"/],
    ['[Interface]\nPostUp = touch /tmp/x\n', /:2: PostUp: is for "up"/],
    ['[Interface]\nBogus = 1\n', /:2: Bogus: is not a known key/],
    ['[Interface]\nListenPort = x\n', /:2: ListenPort = x: /],
    ['[Peer]\nAllowedIPs = 10.0.0.0/8\n', /:1: PublicKey: is missing/],
    [`[Peer]\nPublicKey = ${key(5)}\nTransport = tcp\n`, /:3: Transport: is for "up"/],
    [`[Peer]\nPublicKey = ${key(5)}\nEndpoint = no.such.host.invalid:5\n`, /no\.such\.host\.invalid/],
    ['[Interface]\nnonsense\n', /:2: expected a line like "Key = value"/],
    ['', /has neither \[Interface\] nor \[Peer\]/],
  ];
  for (const [text, complaint] of refused) {
    const output = await world.run(['setconf', 'wg0', world.file(text)], '', { WG_ENDPOINT_RESOLUTION_RETRIES: '0' });
    assert.match(output, complaint);
    assert.match(output, /^2 /, text);
  }
  assert.equal(world.state, before);
});
