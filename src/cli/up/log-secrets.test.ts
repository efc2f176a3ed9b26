import assert from 'node:assert/strict';
import { fstatSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { FakePlatform } from '../../../test/support/fake-platform.ts';
import { damaged, generatedConfig } from '../../../test/support/generated-config.ts';
import { parseConfig } from '../../control/config/parse.ts';
import type { TunnelConfig } from '../../control/config/tunnel-config.ts';
import { lintConfig } from '../../control/lint/lint-config.ts';
import { protectConfig } from '../../control/log/log-secrets.ts';
import { resolveSettings } from '../../control/resolve-settings.ts';
import type { CarrierEvent } from '../../device/carriers/carrier-event.ts';
import { Device } from '../../device/device.ts';
import { parseAddress } from '../../protocol/address-text.ts';
import type { Endpoint } from '../../protocol/endpoint.ts';
import type { PeerId } from '../../protocol/engine-port.ts';
import type { TunnelEvent } from '../../protocol/tunnel-event.ts';
import { carrierLine } from './carrier-line.ts';
import { eventLine } from './event-line.ts';
import { complaintFor, openLog } from './log-options.ts';

const RUNS = 60;
const PEER = 1 as PeerId;
const FILE = 'wg0.conf';

/** Everything that a log says about a run, with an error at its end. */
function logOf(endpoints: boolean, say: (log: ReturnType<typeof openLog>) => unknown): string {
  // As a service: what is wrong with a file goes to the journal.
  const journal = fstatSync(2, { bigint: true });
  let text = '';
  const context = {
    stdin: process.stdin,
    stdout: () => undefined,
    stderr: (line: string) => (text += line),
    environment: { JOURNAL_STREAM: `${journal.dev}:${journal.ino}` },
  };
  const open = openLog({ logLevel: 'debug', logFormat: 'json', logEndpoints: endpoints }, context, false);
  const error = say(open);
  if (error !== undefined) text += String(complaintFor(error, open, context));
  return text;
}

function assertSilent(text: string, hidden: readonly string[]): void {
  for (const each of hidden) assert.ok(!text.includes(each), `"${each}" is told: ${text}`);
}

function parsed(text: string): TunnelConfig | Error {
  try {
    return parseConfig(text, FILE);
  } catch (error) {
    return error as Error;
  }
}

test('no complaint about a damaged file tells a secret, nor where anybody is', () => {
  const cases = generatedConfig.chain((config) => damaged(config).map((text) => ({ config, text })));
  fc.assert(
    fc.property(cases, ({ config, text }) => {
      const result = parsed(text);
      const told = logOf(false, ({ log, redaction }) => {
        if (result instanceof Error) return result;
        protectConfig(redaction, result);
        for (const { message } of result.warnings) log.warn(message);
        return undefined;
      });
      assertSilent(told, [...config.secrets, ...config.places]);
    }),
    { numRuns: RUNS * 10 },
  );
});

function everyEvent(endpoint: Endpoint): { events: TunnelEvent[]; carriers: CarrierEvent[] } {
  const events: TunnelEvent[] = [
    { kind: 'handshake-sent', peer: PEER, attempt: 1 },
    { kind: 'handshake-answered', peer: PEER },
    { kind: 'handshake-completed', peer: PEER, role: 'initiator', tookMilliseconds: 12, endpoint },
    { kind: 'handshake-gave-up', peer: PEER, attempts: 20 },
    { kind: 'peer-roamed', peer: PEER, endpoint },
    { kind: 'heard-elsewhere', peer: PEER, endpoint, data: true },
    { kind: 'cookie-received', peer: PEER },
    { kind: 'keys-zeroed', peer: PEER },
    { kind: 'dropped', reason: 'bad-handshake', from: endpoint },
  ];
  const stream = { carrier: 'tcp', endpoint, reason: 'ECONNRESET' } as const;
  const carriers: CarrierEvent[] = [
    ...(['stream-accepted', 'stream-closed', 'stream-up', 'stream-down'] as const).map((kind) => ({ kind, ...stream })),
    { kind: 'streams-joined', endpoint },
    { kind: 'carrier-decided', from: 'udp', to: 'tcp', endpoint, reason: 'no answer' },
  ];
  return { events, carriers };
}

for (const endpoints of [false, true]) {
  test(`a running tunnel tells no secret${endpoints ? '' : ', nor where anybody is'}`, () => {
    fc.assert(
      fc.property(generatedConfig, (config) => {
        const [host = ''] = config.places;
        const address = parseAddress(host) ?? Uint8Array.of(203, 0, 113, 77);
        const { events, carriers } = everyEvent({ address, port: 51820, scopeId: 0 });
        const told = logOf(endpoints, ({ log, redaction }) => {
          const read = parseConfig(config.text, FILE);
          protectConfig(redaction, read);
          log.warn(`"${host}" cannot be resolved (EAI_AGAIN), trying again in 1 s`);
          for (const event of events) log.info(eventLine(event, 'peer AAAAAAAA').text);
          for (const event of carriers) log.info(carrierLine(event, 'peer AAAAAAAA').text);
          for (const key of [read.privateKey, read.profile.headerProtection, read.peers[0]?.presharedKey])
            for (const form of ['base64', 'hex', 'base64url'] as const)
              log.error(`somebody wrote ${Buffer.from(key ?? []).toString(form)}`);
          return undefined;
        });
        assertSilent(told, endpoints ? config.secrets : [...config.secrets, ...config.places, '203.0.113.77']);
        assert.equal(endpoints, told.includes(host));
      }),
      { numRuns: RUNS },
    );
  });
}

test('a device that comes up, or fails at any step, tells no secret', async () => {
  const steps = ['open network', 'address', 'link up', 'route'];
  await fc.assert(
    fc.asyncProperty(generatedConfig, fc.constantFrom(undefined, ...steps), async (config, failAt) => {
      const usable = parseConfig(config.text.replace(/^Endpoint.*$/m, 'Endpoint = 198.51.100.7:1'), FILE);
      const platform = new FakePlatform();
      platform.failAt = failAt;
      const lines: string[] = [];
      const listener = {
        onWarning: (text: string) => lines.push(text),
        onFailure: (error: Error) => lines.push(String(error)),
        onEvent: (event: TunnelEvent) => lines.push(eventLine(event, 'peer').text),
      };
      try {
        const device = await Device.open(await resolveSettings(usable, 'wg0'), { platform, listener });
        lines.push(JSON.stringify(device.info));
        await device.close();
      } catch (error) {
        lines.push(String(error), String((error as Error).stack));
      }
      const told = logOf(false, ({ log, redaction }) => {
        protectConfig(redaction, usable);
        for (const line of lines) log.info(line);
        return undefined;
      });
      assertSilent(told, [...config.secrets, ...config.places.slice(1)]);
    }),
    { numRuns: RUNS / 2 },
  );
});

test('what lint finds quotes no key', () => {
  fc.assert(
    fc.property(generatedConfig, (config) => {
      const keys = config.secrets.filter((each) => !/^\d+$/.test(each)).slice(0, 12);
      assertSilent(JSON.stringify(lintConfig(config.text, FILE)), keys);
    }),
    { numRuns: RUNS },
  );
});
