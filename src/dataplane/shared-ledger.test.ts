import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerId } from '../protocol/engine-port.ts';
import type { Instant } from '../protocol/time.ts';
import { ledgerMemory, SharedLedger } from './shared-ledger.ts';

const PEER = 1 as PeerId;
const at = (milliseconds: number): Instant => milliseconds as Instant;

function ledger(): SharedLedger {
  return new SharedLedger(ledgerMemory(3));
}

test('the first data sent is unanswered until anything authenticated arrives', () => {
  const records = ledger();
  assert.equal(records.recordSent(PEER, at(10), 100, true), true);
  assert.equal(records.recordSent(PEER, at(20), 100, true), false, 'reported once');
  assert.equal(records.read(PEER).dataSentUnanswered, 10);
  records.recordReceived(PEER, at(30), 32, false);
  assert.equal(records.read(PEER).dataSentUnanswered, 0);
  assert.equal(records.recordSent(PEER, at(40), 100, true), true);
});

test('data received is unanswered until anything authenticated is sent, keepalives are not data', () => {
  const records = ledger();
  assert.equal(records.recordReceived(PEER, at(5), 32, false), false);
  assert.equal(records.recordReceived(PEER, at(10), 132, true), true);
  records.recordReceived(PEER, at(20), 132, true);
  assert.equal(records.read(PEER).dataReceivedUnanswered, 10);
  assert.equal(records.read(PEER).dataReceivedLast, 20);
  records.recordSent(PEER, at(30), 32, false);
  assert.equal(records.read(PEER).dataReceivedUnanswered, 0);
});

test('a watched peer is not reported', () => {
  const records = ledger();
  records.watch(PEER, true);
  assert.equal(records.recordSent(PEER, at(10), 100, true), false);
  assert.equal(records.read(PEER).dataSentUnanswered, 10, 'but recorded');
});

test('bytes add up per peer, and a cleared peer starts afresh', () => {
  const records = ledger();
  records.recordSent(PEER, at(1), 100, true);
  records.recordSent(PEER, at(2), 60, true);
  records.recordReceived(0 as PeerId, at(3), 7, true);
  assert.equal(records.read(PEER).sentBytes, 160);
  assert.equal(records.read(PEER).receivedBytes, 0);
  records.clear(PEER);
  assert.equal(records.read(PEER).sentBytes, 0);
  assert.equal(records.read(0 as PeerId).receivedBytes, 7);
});

test('two views of one memory agree', () => {
  const memory = ledgerMemory(2);
  new SharedLedger(memory).recordSent(PEER, at(4), 8, true);
  assert.equal(new SharedLedger(memory).read(PEER).authenticatedSentLast, 4);
});

test('messages that came and those that should have add up, and what goes elsewhere counts as bytes only', () => {
  const records = ledger();
  records.recordArrivals(PEER, 3, 4);
  records.recordArrivals(PEER, 2, 6);
  records.recordSentElsewhere(PEER, 50);
  const { receivedMessages, expectedMessages, sentBytes, authenticatedSentLast } = records.read(PEER);
  assert.deepEqual([receivedMessages, expectedMessages, sentBytes, authenticatedSentLast], [5, 10, 50, 0]);
});

test('what came by the present path is known until there is another', () => {
  const records = ledger();
  records.recordHere(PEER, at(10), true);
  records.recordHere(PEER, at(20), false);
  const { receivedHereLast, dataReceivedHereLast } = records.read(PEER);
  assert.deepEqual([receivedHereLast, dataReceivedHereLast], [20, 10]);
  records.forgetHere(PEER);
  assert.deepEqual([records.read(PEER).receivedHereLast, records.read(PEER).dataReceivedHereLast], [0, 0]);
});
