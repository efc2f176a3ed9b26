/** What `up`, `down`, `save` and the daemon do as wg-quick does it, and where they take better care. */
import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CliWorld } from '../support/cli-world.ts';
import { machineSnapshot, snapshotDifferences } from '../support/machine-snapshot.ts';
import { enterPrivateNamespace, skipWithoutRoot, withNetlink } from '../support/netns-private.ts';
import { SystemPrograms } from '../support/system-programs.ts';
import { waitFor } from '../support/wait.ts';

const PRIVATE = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHl8=';
const PUBLIC = 'QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=';
const skip = skipWithoutRoot;
const world = new CliWorld();
const programs = new SystemPrograms(world.directory);
const { environment } = programs;
const diary = join(world.directory, 'diary');

before(enterPrivateNamespace);
after(() => world.close());

function config(name: string, own: readonly string[], allowedIps = '10.98.0.0/16'): string {
  const address = `Address = 10.99.0.${name.length}/32, fd99::${name.length}/128`;
  const peer = ['[Peer]', `PublicKey = ${PUBLIC}`, `AllowedIPs = ${allowedIps}`, 'Endpoint = 127.0.0.1:5555'];
  writeFileSync(diary, '');
  return world.config(name, '[Interface]', `PrivateKey = ${PRIVATE}`, address, ...own, ...peer);
}

function snapshot(): string[] {
  return machineSnapshot(world.runtimeDirectory, programs.records);
}

function said(): string[] {
  return readFileSync(diary, 'utf8').trim().split('\n');
}

const NOBODY = 65534;

function giveAway(path: string): void {
  chmodSync(path, 0o600);
  chownSync(path, NOBODY, NOBODY);
}

function note(what: string): string {
  return `echo ${what} >> ${diary}`;
}

test('hooks run in order around the tunnel, with the name of the interface, and quotes are those of the shell', {
  skip,
}, async () => {
  const before = snapshot();
  const path = config('qhooks', [
    `PreUp = ${note('PreUp %i $(ip -o link show %i 2>/dev/null | wc -l)')}`,
    `PostUp = ${note(`"a  'b'" \\"c`)}; ${note('PostUp $(ip -o link show %i | wc -l)')}`,
    `postup = ${note('$INTERFACE $(basename $CONFIG_FILE)')}`,
    `PreDown = ${note('PreDown $(ip -o link show %i | wc -l)')}`,
    `PostDown = ${note('PostDown $(ip -o link show %i 2>/dev/null | wc -l)')} # a comment`,
  ]);
  await world.up(path, { environment });
  const down = await world.run(['down', path], { environment });
  assert.deepEqual([down.code, down.stderr], [0, '']);
  assert.deepEqual(said(), [
    'PreUp qhooks 0',
    `a  'b' "c`,
    'PostUp 1',
    'qhooks qhooks.conf',
    'PreDown 1',
    'PostDown 0',
  ]);
  assert.deepEqual(snapshotDifferences(before, snapshot()), []);
});

test('DNS goes to resolvconf and comes back', { skip }, async () => {
  const before = snapshot();
  const path = config('qdns', ['DNS = 10.98.0.53, corp.example', 'DNS = fd98::53 lab.example']);
  await world.up(path, { environment });
  assert.equal(
    readFileSync(join(programs.records, 'interfaces', 'qdns'), 'utf8'),
    'nameserver 10.98.0.53\nnameserver fd98::53\nsearch corp.example lab.example\n',
  );
  assert.equal((await world.run(['down', path], { environment })).code, 0);
  assert.deepEqual(snapshotDifferences(before, snapshot()), []);
});

test('without resolvconf and resolvectl there is a warning that says what to do', { skip }, async () => {
  const path = config('qnodns', ['DNS = 10.98.0.53']);
  const tunnel = await world.up(path);
  assert.match(tunnel.stderr, /warn +the name servers 10\.98\.0\.53 are not used: .*install openresolv/);
  tunnel.kill('SIGTERM');
  assert.equal((await tunnel.outcome).code, 0);
});

test('a failing hook or resolvconf undoes everything, and says which line it was', { skip }, async () => {
  const before = snapshot();
  const hooks = [`PostDown = ${note('PostDown')}`, `PreDown = ${note('PreDown')}`, 'DNS = 10.98.0.53'];
  for (const [own, trouble, complaint, diaryLines] of [
    [['PreUp = false'], '', /qfail\.conf:7: PreUp: ended with 1\n/, ['PostDown']],
    [
      ['PostUp = true', 'PostUp = ls /nonexistent | cat'],
      '',
      /qfail\.conf:8: PostUp: ended with 2\n/,
      ['PreDown', 'PostDown'],
    ],
    [['PostUp = kill -9 $$'], '', /qfail\.conf:7: PostUp: ended with SIGKILL\n/, ['PreDown', 'PostDown']],
    // No hook had begun, so there is nothing for PostDown to undo.
    [['PostUp = true'], 'resolvconf:-a:fail', /cannot set the name servers: resolvconf says "told to fail"/, ['']],
  ] as const) {
    const path = config('qfail', [...hooks, ...own], '0.0.0.0/0, ::/0');
    if (trouble !== '') programs.arrange(trouble);
    const { code, stderr } = await world.run(['up', path], { environment });
    assert.equal(code, 1, stderr);
    assert.match(stderr, complaint);
    assert.deepEqual(said(), diaryLines);
    assert.deepEqual(snapshotDifferences(before, snapshot()), []);
  }
});

test('hooks of a file that others can write are refused before anything is done', { skip }, async () => {
  const before = snapshot();
  const path = config('qtrust', [`PreUp = ${note('ran')}`]);
  const folder = join(world.directory, 'open');
  mkdirSync(folder);
  const inside = join(folder, 'qtrust.conf');
  writeFileSync(inside, readFileSync(path), { mode: 0o600 });
  for (const [file, spoil, complaint] of [
    [path, () => chmodSync(path, 0o620), /qtrust\.conf can be written by others than its owner/],
    [path, () => chmodSync(path, 0o602), /can be written by others/],
    [path, () => giveAway(path), /qtrust\.conf belongs to the user 65534/],
    [inside, () => chmodSync(folder, 0o777), /the directory .*open can be written/],
  ] as const) {
    spoil();
    const { code, stderr } = await world.run(['up', file], { environment });
    assert.equal(code, 2, stderr);
    assert.match(stderr, /:4: PreUp: commands run only from a file that root alone can write/);
    assert.match(stderr, complaint);
    assert.deepEqual(said(), [''], 'no hook has run');
    assert.deepEqual(snapshotDifferences(before, snapshot()), []);
  }
  for (const [policy, lines] of [
    ['always', ['ran']],
    ['never', ['']],
  ] as const) {
    writeFileSync(diary, '');
    const tunnel = world.start(['up', inside, '--hooks', policy], { environment });
    await waitFor('the tunnel', () => tunnel.stderr.includes('is up ('), { explain: () => tunnel.stderr });
    tunnel.kill('SIGTERM');
    assert.equal((await tunnel.outcome).code, 0);
    assert.deepEqual(said(), lines);
  }
});

test('a signal ends a hook with all that it has started, and undoes', { skip }, async () => {
  const before = snapshot();
  const path = config('qsignal', [
    `PostUp = ${note('begun')}; sleep 77.5; ${note('late')}`,
    `PostDown = ${note('undone')}`,
  ]);
  const tunnel = world.start(['up', path], { environment });
  await waitFor('the hook', () => said().includes('begun'));
  tunnel.kill('SIGTERM');
  assert.equal((await tunnel.outcome).code, 0);
  assert.deepEqual(said(), ['begun', 'undone']);
  assert.deepEqual(snapshotDifferences(before, snapshot()), []);
});

test('--daemon returns when the tunnel is up, with its messages; the log goes on in a file', { skip }, async () => {
  const before = snapshot();
  const log = join(world.directory, 'daemon.log');
  const path = config('qdaemon', [
    'PostUp = echo from the hook; sleep 0.2',
    `PreDown = echo to the log; ${note('down')}`,
  ]);
  const up = await world.run(['up', '--daemon', '--log-file', log, path], { environment });
  assert.equal(up.code, 0, up.stderr);
  assert.match(up.stdout, /from the hook/);
  assert.match(up.stderr, /tunnel "qdaemon" is up/);
  assert.equal((await world.run(['show', 'qdaemon'], { environment })).code, 0);
  assert.equal((await world.run(['down', 'qdaemon'], { environment })).code, 0);
  assert.match(readFileSync(log, 'utf8'), /to the log\n.*stopped\n/s);
  assert.deepEqual(said(), ['down']);
  assert.deepEqual(snapshotDifferences(before, snapshot()), []);
});

test('--daemon fails as the foreground does: same words, same code, nothing left', { skip }, async () => {
  const before = snapshot();
  const failing = await world.run(['up', '-d', config('qbad', ['PostUp = exit 3'])], { environment });
  assert.equal(failing.code, 1);
  assert.match(failing.stderr, /awg-vpn: .*qbad\.conf:4: PostUp: ended with 3\n$/);
  const wrong = await world.run(['up', '-d', config('qwrong', ['ListenPort = x'])], { environment });
  assert.deepEqual([wrong.code, /ListenPort = x/.test(wrong.stderr)], [2, true]);
  assert.deepEqual(snapshotDifferences(before, snapshot()), []);
});

test('full tunnels that start at the same moment get a table each', { skip }, async () => {
  const before = snapshot();
  const names = ['qrace', 'qraces', 'qracing', 'qraceway'];
  for (let round = 0; round < 3; round++) {
    const outcomes = await Promise.all(
      names.map((name) => world.run(['up', '-d', config(name, [], '0.0.0.0/0, ::/0')], { environment })),
    );
    for (const { code, stderr } of outcomes) assert.equal(code, 0, stderr);
    const rules = withNetlink((netlink) => netlink.listRules(4)).filter((rule) => rule.invert === true);
    assert.equal(new Set(rules.map(({ table }) => table)).size, names.length);
    for (const name of names) assert.equal((await world.run(['down', name], { environment })).code, 0);
  }
  const left = snapshotDifferences(before, snapshot());
  assert.deepEqual(
    left.filter((line) => !line.includes('src_valid_mark')),
    [],
  );
});

test('reload: name servers and hooks are those of the file as it is now', { skip }, async () => {
  const before = snapshot();
  const path = config('qreload', ['DNS = 10.98.0.53', `PostDown = ${note('old')}`]);
  const tunnel = await world.up(path, { environment });
  config('qreload', ['DNS = 10.98.0.54', `PostDown = ${note('new')}`]);
  assert.equal((await world.run(['reload', 'qreload'], { environment })).code, 0, tunnel.stderr);
  assert.match(readFileSync(join(programs.records, 'interfaces', 'qreload'), 'utf8'), /10\.98\.0\.54/);
  assert.equal((await world.run(['down', 'qreload'], { environment })).code, 0);
  assert.deepEqual(said(), ['new']);
  assert.deepEqual(snapshotDifferences(before, snapshot()), []);
});

test('save writes what has changed and nothing else; SaveConfig does it at the end', { skip }, async () => {
  const path = config('qsave', ['# mine', 'ListenPort = 0 # any', 'MTU = 1380']);
  appendFileSync(path, '# the end\n');
  await world.up(path, { environment });
  withNetlink((netlink) => netlink.setLink(netlink.linkIndex('qsave'), { mtu: 1333 }));
  const original = readFileSync(path, 'utf8');
  const hasNoticed = async (): Promise<boolean> =>
    /"mtu": ?1333/.test((await world.run(['show', '--json', 'qsave'])).stdout);
  await waitFor('the MTU to be noticed', hasNoticed);
  assert.equal((await world.run(['save', path])).code, 0);
  const saved = readFileSync(path, 'utf8');
  assert.match(saved, /ListenPort = [1-9]\d* # any\nMTU = 1333\n/);
  assert.equal(saved.replace(/(ListenPort = )\d+/, '$10').replace('1333', '1380'), original);
  assert.equal((await world.run(['down', 'qsave'])).code, 0);
  assert.equal((await world.run(['save', path])).code, 1);
  const again = config('qsave', ['SaveConfig = true']);
  await world.up(again, { environment });
  assert.equal((await world.run(['down', 'qsave'])).code, 0);
  assert.match(readFileSync(again, 'utf8'), /SaveConfig = true\nListenPort = \d+\n\[Peer\]/);
});

test('the record of hooks is not believed where others could have written it', { skip }, async () => {
  const path = config('qrecord', [`PostDown = ${note('ran')}`]);
  const tunnel = await world.up(path, { environment });
  tunnel.kill('SIGKILL');
  await tunnel.outcome;
  const record = join(world.runtimeDirectory, 'qrecord.json');
  chmodSync(record, 0o606);
  const refused = await world.run(['down', 'qrecord'], { environment });
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /hooks of tunnel "qrecord" are not run from its record: .*can be written by others/);
  chmodSync(record, 0o600);
  assert.equal((await world.run(['down', 'qrecord'], { environment })).code, 0);
  assert.deepEqual([said(), existsSync(record)], [['ran'], false]);
});
