import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import type { LastingEffect, RoutingRule, RuleSummary } from '../../device/lasting-effect.ts';
import { undoEffects } from '../../device/lasting-effect.ts';
import { isAlive, ownIdentity } from './process-identity.ts';
import { readState, StateFile } from './state-file.ts';
import { parseState } from './tunnel-state.ts';

const RULE: LastingEffect = {
  kind: 'rule',
  rule: { family: 4, priority: 32765, table: 51820, fwmark: 51820, invert: true },
};

function temporaryDirectory(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'awg-state-'));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('a name is claimed once, with its record complete on disk from the start', (context) => {
  const directory = join(temporaryDirectory(context), 'run');
  const file = StateFile.claim(directory, 'wg0', '/etc/wireguard/wg0.conf');
  assert.ok(file !== undefined);
  assert.equal(StateFile.claim(directory, 'wg0', 'other.conf'), undefined);
  assert.deepEqual(readdirSync(directory), ['wg0.json']);
  assert.equal(statSync(join(directory, 'wg0.json')).mode & 0o777, 0o600);
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  file.record(RULE);
  const state = readState(directory, 'wg0');
  assert.deepEqual(
    [state?.effects, state?.process, state?.configFile],
    [[RULE], ownIdentity(), '/etc/wireguard/wg0.conf'],
  );
  file.release();
  assert.ok(readState(directory, 'wg0') !== undefined, 'something is still to be undone');
  file.forget(RULE);
  file.release();
  assert.equal(readState(directory, 'wg0'), undefined);
});

test('text that is not a state is refused, whatever is wrong with it', (context) => {
  const good = {
    version: 1,
    name: 'wg0',
    process: { pid: 1, startTime: '7' },
    networkNamespace: 'net:[1]',
    configFile: 'x',
    effects: [RULE],
  };
  const setting = { kind: 'setting', path: '/proc/sys/net/ipv4/conf/all/forwarding', previous: '0' };
  const others = [
    { kind: 'nft-table', table: 'awg-vpn-wg0' },
    { ...setting, sharedBy: 'masquerade' },
  ];
  for (const effects of [good.effects, others])
    assert.ok(parseState(JSON.stringify({ ...good, effects })) !== undefined);
  const bad: unknown[] = [
    null,
    { ...good, version: 2 },
    { ...good, process: { pid: -1, startTime: '7' } },
    { ...good, effects: {} },
    { ...good, effects: [{ kind: 'setting', path: '/etc/passwd', previous: '' }] },
    { ...good, effects: [{ kind: 'setting', path: '/proc/sys/net/../kernel/core_pattern', previous: '' }] },
    { ...good, effects: [{ ...setting, sharedBy: 'me' }] },
    { ...good, effects: [{ kind: 'nft-table', table: 'filter' }] },
    { ...good, effects: [{ kind: 'nft-table', table: 'awg-vpn-x\nflush ruleset' }] },
    { ...good, effects: [{ kind: 'rule', rule: { family: 5, priority: 1, table: 1 } }] },
  ];
  for (const value of bad) assert.equal(parseState(JSON.stringify(value)), undefined, JSON.stringify(value));
  assert.equal(parseState('{'), undefined);
  const directory = temporaryDirectory(context);
  writeFileSync(join(directory, 'wg0.json'), '{}');
  assert.throws(() => readState(directory, 'wg0'), { code: 'bad-state-file' });
});

test('a process is alive under its own start time only, and not after its end', async () => {
  assert.ok(isAlive(ownIdentity()));
  assert.ok(!isAlive({ ...ownIdentity(), startTime: '1' }));
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.once('exit', resolve));
  assert.ok(!isAlive({ pid: child.pid ?? 0, startTime: '1' }));
});

function fail(): never {
  throw new Error('there is no packet filter here');
}

/** A rule table in memory. */
function ruleTable(...rules: readonly RuleSummary[]) {
  const deleted: RoutingRule[] = [];
  const deleteRule = (rule: RoutingRule): void => {
    if (rule.table === 404) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
    if (rule.table === 500) throw Object.assign(new Error('busy'), { code: 'EBUSY' });
    deleted.push(rule);
  };
  const filter = { replaceFilterTable: fail, deleteFilterTable: fail, listFilterChains: () => [] };
  return { deleted, control: { deleteRule, listRules: () => rules, ...filter } };
}

function ruleFor(table: number): LastingEffect {
  return { kind: 'rule', rule: { family: 4, priority: 1, table } };
}

test('effects are undone last first; what is gone is fine, what fails is reported and does not stop the rest', () => {
  const { deleted, control } = ruleTable();
  const failures = undoEffects([ruleFor(1), ruleFor(404), ruleFor(500), ruleFor(2)], control);
  assert.deepEqual(
    deleted.map((rule) => rule.table),
    [2, 1],
  );
  assert.deepEqual(
    failures.map((failure) => (failure as Error).message),
    ['busy'],
  );
});

test('a setting goes back to its value unless another tunnel with a default route needs it', (context) => {
  const path = join(temporaryDirectory(context), 'src_valid_mark');
  const setting: LastingEffect = { kind: 'setting', path, previous: '0' };
  writeFileSync(path, '1');
  undoEffects([setting], ruleTable({ family: 4, priority: 1, table: 7, fwmark: 7, invert: true }).control);
  assert.equal(readFileSync(path, 'utf8'), '1');
  assert.deepEqual(
    undoEffects([setting], ruleTable({ family: 6, priority: 1, table: 7, fwmark: 7, invert: true }).control),
    [],
  );
  assert.equal(readFileSync(path, 'utf8'), '0');
});
