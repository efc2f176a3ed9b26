import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressRequest } from './addresses.ts';
import { RTM } from './constants.ts';
import { linkChangeRequest, vethRequest } from './links.ts';
import { encodeMessage } from './message.ts';
import { errnoOf, kernelTextOf, NetlinkError } from './netlink-error.ts';
import type { NetlinkRequest } from './netlink-socket.ts';
import { decodeRoute, routeRequest } from './routes.ts';
import { decodeRule, ruleRequest } from './rules.ts';

const v4 = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);
const message = ({ type, fixed, attributes }: NetlinkRequest): Uint8Array =>
  encodeMessage({ type, flags: 0, sequence: 0 }, fixed, attributes);
const payloadHex = (request: NetlinkRequest): string => Buffer.from(message(request)).toString('hex').slice(32);
const received = (request: NetlinkRequest) => ({
  type: request.type,
  flags: 0,
  sequence: 0,
  payload: message(request).subarray(16),
});

test('an address keeps its host bits', () => {
  const request = addressRequest(RTM.NEWADDR, 7, { address: v4(10, 0, 0, 2), length: 24 });
  assert.equal(payloadHex(request), '0218000007000000' + '080002000a000002' + '080001000a000002');
  assert.equal(request.attempt, 'add address 10.0.0.2/24 to interface 7');
});

test('an IPv6 address is usable at once', () => {
  const address = new Uint8Array(16);
  assert.equal(payloadHex(addressRequest(RTM.DELADDR, 1, { address, length: 128 })).slice(0, 16), '0a80020001000000');
});

test('bringing a link up changes that flag alone', () => {
  const request = linkChangeRequest(3, { up: true, mtu: 1420 });
  assert.equal(payloadHex(request), '00000000' + '03000000' + '01000000' + '01000000' + '080004008c050000');
  assert.equal(payloadHex(linkChangeRequest(3, { mtu: 68 })).slice(16, 32), '0000000000000000');
  assert.equal(linkChangeRequest(3, { up: false }).attempt, 'change interface 3 (up false)');
});

test('a veth pair may begin in two namespaces', () => {
  const hex = payloadHex(vethRequest('va', 'vb', { namespacePid: 258 }));
  assert.ok(hex.includes('0800130002010000'), hex);
  assert.ok(hex.includes('07000300766200'), hex);
});

test('routes and rules decode to what was asked for', () => {
  const route = {
    prefix: { address: v4(10, 8, 0, 0), length: 16 },
    interfaceIndex: 4,
    table: 51820,
    metric: 9,
    gateway: v4(10, 0, 0, 1),
  };
  assert.deepEqual(decodeRoute(received(routeRequest(RTM.NEWROUTE, route))), route);
  const rule = { family: 6 as const, priority: 5, table: 300, fwmark: 0xca6c, invert: true, suppressPrefixLength: 0 };
  assert.deepEqual(decodeRule(received(ruleRequest(RTM.NEWRULE, rule))), rule);
});

test('a table beyond 255 is in the attribute only', () => {
  const request = routeRequest(RTM.NEWROUTE, {
    prefix: { address: v4(0, 0, 0, 0), length: 0 },
    interfaceIndex: 1,
    table: 300,
  });
  assert.equal(request.fixed[4], 0);
  assert.ok(payloadHex(request).includes('08000f002c010000'));
});

test('an error carries the words of the kernel', () => {
  const text = Buffer.from('Device not found\0');
  const payload = Buffer.alloc(4 + 16 + 4 + 20);
  payload.writeInt32LE(-19, 0);
  payload.writeUInt32LE(100, 4); // the request was longer, but it is capped
  payload.writeUInt16LE(4 + text.length, 20);
  payload.writeUInt16LE(1, 22);
  text.copy(payload, 24);
  const error = { type: 2, flags: 0x300, sequence: 1, payload: new Uint8Array(payload) };
  assert.equal(errnoOf(error), 19);
  assert.equal(kernelTextOf(error), 'Device not found');
  assert.equal(kernelTextOf({ ...error, flags: 0x100 }), undefined);
  const shown = new NetlinkError('netlink RTM_NEWADDR', 19, 'add it', kernelTextOf(error));
  assert.equal(shown.message, 'cannot add it: Device not found (netlink RTM_NEWADDR: ENODEV, no such device)');
  assert.equal(shown.code, 'ENODEV');
});
