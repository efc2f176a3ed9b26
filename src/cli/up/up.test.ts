import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CarrierEvent } from '../../device/carriers/carrier-event.ts';
import type { PeerId } from '../../protocol/engine-port.ts';
import type { TunnelEvent } from '../../protocol/tunnel-event.ts';
import { createLog, peerName } from '../log.ts';
import { carrierLine } from './carrier-line.ts';
import { eventLine } from './event-line.ts';
import { requirePrivileges } from './privileges.ts';
import { TerminationSignals } from './termination-signals.ts';

test('privileges: the capability or a message that says how to get it', () => {
  requirePrivileges('Name:\tx\nCapEff:\t0000000000001000\n', true);
  requirePrivileges('CapEff:\t000001ffffffffff\n', true);
  assert.throws(() => requirePrivileges('CapEff:\t000001ffffffefff\n', true), {
    code: 'missing-privilege',
    message: /CAP_NET_ADMIN.*sudo awg-vpn up/,
  });
  assert.throws(() => requirePrivileges('CapEff:\t000001ffffffffff\n', false), {
    code: 'missing-privilege',
    message: /\/dev\/net\/tun/,
  });
});

test('text lines have time, level and message; json lines are json; levels filter', () => {
  const lines: string[] = [];
  const target = { stderr: (text: string) => lines.push(text), environment: {} };
  const log = createLog({ level: 'info', format: 'text' }, target);
  log.debug('not shown');
  log.warn('look out');
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /^\d{4}-\d\d-\d\dT[\d:.]+Z warn {2}look out\n$/);
  createLog({ level: 'debug' }, target).debug('shown');
  const { level, msg } = JSON.parse(lines[1] ?? '') as { level: string; msg: string };
  assert.deepEqual({ level, msg }, { level: 'debug', msg: 'shown' });
});

test('events name their peer by the beginning of its key', () => {
  const peer = 1 as PeerId;
  const name = peerName(Uint8Array.from({ length: 32 }, (_, index) => index));
  const endpoint = { address: Uint8Array.of(192, 0, 2, 1), port: 7, scopeId: 0 };
  const events: TunnelEvent[] = [
    { kind: 'handshake-completed', peer, role: 'initiator', tookMilliseconds: 12, endpoint },
    { kind: 'peer-roamed', peer, endpoint },
    { kind: 'dropped', reason: 'bad-handshake', from: endpoint },
  ];
  assert.deepEqual(
    events.map((event) => eventLine(event, name).text),
    [
      'peer AAECAwQF: handshake completed in 12 ms as initiator',
      'peer AAECAwQF: is now at 192.0.2.1:7',
      'handshake message from 192.0.2.1:7 dropped: bad-handshake',
    ],
  );
});

test('carriers in words', () => {
  const endpoint = { address: Uint8Array.of(203, 0, 113, 7), port: 443, scopeId: 0, bundle: 1 };
  const decided = { kind: 'carrier-decided', endpoint, reason: 'no answer over udp for 1.2 s' } as const;
  const events: CarrierEvent[] = [
    { ...decided, from: undefined, to: 'udp' },
    { ...decided, from: 'udp', to: 'tcp' },
    { ...decided, from: 'tcp', to: 'tcp', reason: 'better than udp' },
    { kind: 'stream-up', carrier: 'tcp', endpoint, reason: '' },
    { kind: 'stream-down', carrier: 'tls', endpoint, reason: 'ECONNREFUSED' },
    { kind: 'streams-joined', endpoint },
    { kind: 'stream-accepted', carrier: 'tcp', endpoint, reason: '' },
    { kind: 'stream-closed', carrier: 'websocket', endpoint, reason: 'idle' },
  ];
  assert.deepEqual(
    events.map((event) => carrierLine(event, 'peer AbCd')).map(({ level, text }) => `${level} ${text}`),
    [
      'info peer AbCd: begins with udp (203.0.113.7:443): no answer over udp for 1.2 s',
      'info peer AbCd: moves from udp to tcp (203.0.113.7:443): no answer over udp for 1.2 s',
      'info peer AbCd: stays with tcp (203.0.113.7:443): better than udp',
      'debug connected to 203.0.113.7:443 by tcp',
      'debug no connection to 203.0.113.7:443 by tls: ECONNREFUSED',
      'debug peer AbCd: has several connections, one of them from 203.0.113.7:443',
      'debug tcp connection from 203.0.113.7:443 accepted',
      'debug websocket connection from 203.0.113.7:443 closed: idle',
    ],
  );
});

test('a signal, or an error that nobody caught, ends the tunnel once', () => {
  const before = process.listeners('uncaughtException');
  const first = new TerminationSignals();
  process.emit('SIGTERM', 'SIGTERM');
  process.emit('SIGINT', 'SIGINT');
  assert.deepEqual([first.signal.aborted, first.signal.reason, first.crash], [true, 'SIGTERM', undefined]);
  first.release();

  const second = new TerminationSignals();
  const handler = process.listeners('uncaughtException').find((listener) => !before.includes(listener));
  handler?.(new Error('defect'), 'uncaughtException');
  assert.deepEqual([second.signal.reason, second.crash?.message], ['internal error', 'defect']);
  second.release();
  assert.deepEqual([process.listenerCount('SIGTERM'), process.listeners('uncaughtException')], [0, before]);
});
