/**
 * Files in the wild, read alike: `strip` against `wg-quick strip`, and the machine with our tunnel against the
 * machine with the one that `wg-quick up` makes of the same file, by wireguard-go.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { PeerReport, TunnelReport } from '../../src/control/report.ts';
import { CliWorld } from '../support/cli-world.ts';
import { findProgram, run } from '../support/command.ts';
import { machineSnapshot, snapshotDifferences } from '../support/machine-snapshot.ts';
import { enterPrivateNamespace, skipWithoutRoot } from '../support/netns-private.ts';
import { SystemPrograms } from '../support/system-programs.ts';
import type { Shape } from './quick/shapes.ts';
import { SHAPES } from './quick/shapes.ts';

const NAME = 'qwild';
const missing = ['wg', 'wg-quick', 'wireguard-go', 'nft'].find((program) => findProgram(program) === undefined);
const skip = skipWithoutRoot === false ? missing !== undefined && `needs ${missing}` : skipWithoutRoot;
const world = new CliWorld();
const programs = new SystemPrograms(world.directory);
const environment = { ...programs.environment, WG_QUICK_USERSPACE_IMPLEMENTATION: 'wireguard-go' };

before(enterPrivateNamespace);
after(() => world.close());

function fileOf({ text }: Shape): string {
  return world.config(NAME, ...text.split('\n')).trim();
}

/** The machine with a tunnel, without what tells whose it is. */
function machine(): string[] {
  const hidden = [/^-Hanp/, /^list ruleset/, /fe80:|multicast|anycast|ff00::/, / conf\/|\/conf\//];
  const lines = machineSnapshot().filter((line) => !hidden.some((pattern) => pattern.test(line)));
  return lines.flatMap((line) =>
    line.startsWith('-o link') ? linkLine(line) : [line.replace(/^(-o address:) \d+/, '$1').replace(' nodad', '')],
  );
}

/** Where the file has no MTU, each takes what it thinks best. */
function linkLine(line: string): string[] {
  return line.includes(`${NAME}:`) ? [`link ${/mtu (1[23]\d\d) /.exec(line)?.[1] ?? 'of any size'}`] : [];
}

function nameServers(): string {
  return readFileSync(join(programs.records, 'resolv.conf'), 'utf8');
}

/** As `wg show dump` prints it, without traffic. */
function dumpOf(report: TunnelReport, privateKey: string): string[] {
  const own = [privateKey, report.publicKey, report.listenPort, markText(report.fwmark)];
  return [own.join('\t'), ...report.peers.map(peerDump)];
}

function peerDump({ publicKey, presharedKey, endpoint, allowedIps, persistentKeepalive }: PeerReport): string {
  const secret = presharedKey ? 'secret' : '(none)';
  const prefixes = allowedIps.length === 0 ? '(none)' : [...allowedIps].sort().join(',');
  return [
    publicKey,
    secret,
    endpoint ?? '(none)',
    prefixes,
    persistentKeepalive === 0 ? 'off' : persistentKeepalive,
  ].join('\t');
}

function markText(fwmark: number): string {
  return fwmark === 0 ? 'off' : `0x${fwmark.toString(16)}`;
}

function plainDump(text: string): string[] {
  const [own = '', ...peers] = text.trim().split('\n');
  return [
    own,
    ...peers.map((line) => {
      const [key, secret, endpoint, prefixes = '', , , , keepalive] = line.split('\t');
      return [
        key,
        secret === '(none)' ? secret : 'secret',
        endpoint,
        prefixes.split(',').sort().join(','),
        keepalive,
      ].join('\t');
    }),
  ];
}

/** A port that the system chose is another one each time. */
function withoutChosenPort(dump: string[], { text }: Shape): string[] {
  if (/listenport/i.test(text)) return dump;
  return [dump[0]?.replace(/\t\d+\t/, '\tany\t') ?? '', ...dump.slice(1)];
}

test('there are as many shapes as promised, each of its own', () => {
  assert.ok(SHAPES.length >= 30);
  assert.equal(new Set(SHAPES.map(({ text }) => text)).size, SHAPES.length);
});

for (const shape of SHAPES) {
  test(`strip: ${shape.title}`, { skip }, async () => {
    const path = fileOf(shape);
    const ours = await world.run(['strip', path]);
    assert.equal(ours.stdout, await run('wg-quick', ['strip', path]));
  });

  test(`up and down: ${shape.title}`, { skip }, async () => {
    const path = fileOf(shape);
    const original = machineSnapshot(programs.records);
    await run('wg-quick', ['up', path], { env: environment });
    const wanted = [
      ...machine(),
      nameServers(),
      ...withoutChosenPort(plainDump(await run('wg', ['show', NAME, 'dump'])), shape),
    ];
    await run('wg-quick', ['down', path], { env: environment });
    const up = await world.run(['up', '-d', path], { environment });
    assert.equal(up.code, 0, up.stderr);
    const report = JSON.parse((await world.run(['show', NAME, '--json'])).stdout) as TunnelReport;
    const [privateKey = ''] = wanted.at(-1 - report.peers.length)?.split('\t') ?? [];
    const found = [...machine(), nameServers(), ...withoutChosenPort(dumpOf(report, privateKey), shape)];
    assert.equal((await world.run(['down', path], { environment })).code, 0);
    assert.deepEqual(snapshotDifferences(wanted, found), []);
    const left = snapshotDifferences(original, machineSnapshot(programs.records));
    // wg-quick leaves this one as it has set it.
    assert.deepEqual(
      left.filter((line) => !line.includes('src_valid_mark')),
      [],
    );
  });
}
