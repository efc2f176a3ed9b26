/** Two of our daemons and a cable: the whole program, as a user runs it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { awgVpn, awgVpnEngine, fourWorkerEngine, twoWorkerEngine } from '../support/engines/awg-vpn.ts';
import type { EngineAdapter } from '../support/engines/engine-adapter.ts';
import { namespacesUnavailable } from '../support/network-namespace.ts';
import { ping } from '../support/ping.ts';
import { processUsage } from '../support/process-usage.ts';
import { Scope } from '../support/scope.ts';
import { transfer } from '../support/transfer.ts';
import { startPair, waitForHandshake } from '../support/tunnel-pair.ts';
import type { ObfuscationKeys } from '../support/tunnel-settings.ts';
import { sleep } from '../support/wait.ts';

const skip = namespacesUnavailable() ?? awgVpnEngine.unavailable() ?? false;
const MEBIBYTE = 1024 * 1024;

const DISGUISE: ObfuscationKeys = {
  Jc: 4,
  Jmin: 40,
  Jmax: 70,
  S1: 20,
  S2: 33,
  S3: 44,
  S4: 17,
  H1: '5-100',
  H2: '1000-2000',
  H3: 3000,
  H4: '4000000000-4294967295',
  I1: '<b 0xdeadbeef><r 32>',
};

interface Case {
  readonly name: string;
  readonly outer: 4 | 6;
  readonly offloads: 'on' | 'off';
  readonly obfuscation: ObfuscationKeys | undefined;
  readonly engine?: EngineAdapter;
}

const CASES: readonly Case[] = [
  { name: 'plain WireGuard over IPv4', outer: 4, offloads: 'on', obfuscation: undefined },
  { name: 'two workers each', outer: 4, offloads: 'on', obfuscation: DISGUISE, engine: twoWorkerEngine },
  { name: 'four workers each', outer: 6, offloads: 'on', obfuscation: DISGUISE, engine: fourWorkerEngine },
  { name: 'plain WireGuard over IPv6, datagrams cut on the cable', outer: 6, offloads: 'off', obfuscation: undefined },
  { name: 'AmneziaWG over IPv4, datagrams cut on the cable', outer: 4, offloads: 'off', obfuscation: DISGUISE },
  { name: 'AmneziaWG over IPv6', outer: 6, offloads: 'on', obfuscation: DISGUISE },
];

describe('two daemons', { skip, concurrency: 1 }, () => {
  for (const { name, outer, offloads, obfuscation, engine = awgVpnEngine } of CASES) {
    test(name, async () => {
      const scope = new Scope();
      try {
        const disguise = obfuscation && { initiatorObfuscation: obfuscation, responderObfuscation: obfuscation };
        const ends = { initiator: engine, responder: engine, outer, offloads, mtu: 1380 };
        const { initiator, responder } = await startPair(scope, { ...ends, ...disguise });
        await waitForHandshake(initiator, responder);
        for (const family of [4, 6] as const) {
          const report = await ping(responder.host.namespace, initiator.inner[family], { count: 5, size: 1300 });
          assert.equal(report.received, 5, `IPv${family}`);
          const { sent, received } = await transfer(scope, initiator, responder, {
            inner: family,
            bytes: 64 * MEBIBYTE,
          });
          assert.deepEqual([received.bytes, received.sha256], [64 * MEBIBYTE, sent.sha256]);
        }
      } finally {
        await scope.close();
      }
    });
  }

  test('a daemon that is told to stop leaves nothing behind', async () => {
    const scope = new Scope();
    try {
      const { initiator } = await startPair(scope, { initiator: awgVpnEngine, responder: awgVpnEngine, outer: 4 });
      await awgVpn(['down', initiator.tunnel.interfaceName]);
      await initiator.tunnel.process.waitForExit();
      assert.equal(initiator.tunnel.process.exitCode, 0, initiator.tunnel.process.output);
      const links = await initiator.host.namespace.ip('-o', 'link');
      assert.ok(!links.includes(initiator.tunnel.interfaceName), links);
      await assert.rejects(awgVpn(['show', initiator.tunnel.interfaceName]), /no tunnel/);
    } finally {
      await scope.close();
    }
  });

  test('an idle tunnel costs no processor time', async () => {
    const scope = new Scope();
    try {
      const pair = await startPair(scope, { initiator: awgVpnEngine, responder: awgVpnEngine, outer: 4 });
      await waitForHandshake(pair.initiator, pair.responder);
      await sleep(2000);
      const before = processUsage(pair.initiator.tunnel.process.pid).cpuSeconds;
      await sleep(5000);
      const spent = processUsage(pair.initiator.tunnel.process.pid).cpuSeconds - before;
      assert.ok(spent < 0.1, `${spent} s of 5 s`);
    } finally {
      await scope.close();
    }
  });
});
