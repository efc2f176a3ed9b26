import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Uint64 } from '../constants.ts';
import type { KeypairMaterial, ReceiverIndex } from '../engine-port.ts';
import type { Instant } from '../time.ts';
import { Keypair, MAX_RESERVATION } from './keypair.ts';

function material(): KeypairMaterial {
  return {
    localIndex: 1 as ReceiverIndex,
    remoteIndex: 2 as ReceiverIndex,
    sendKey: new Uint8Array(32).fill(3),
    receiveKey: new Uint8Array(32).fill(4),
    isInitiator: true,
    createdAt: 5 as Instant,
  };
}

function split(counter: bigint): Uint64 {
  return { high: Number(counter >> 32n), low: Number(counter & 0xffff_ffffn) };
}

function counterOf(keypair: Keypair): bigint {
  return (BigInt(keypair.counterHigh) << 32n) | BigInt(keypair.counterLow);
}

const REJECT = 2n ** 64n - 2n ** 13n - 1n;

describe('Keypair', () => {
  it('numbers messages from zero without a gap', () => {
    const keypair = new Keypair(material());
    assert.equal(counterOf(keypair), 0n);
    keypair.reserve(64);
    keypair.reserve(1);
    assert.equal(counterOf(keypair), 65n);
  });

  it('carries into the upper half, so that the nonce has 64 bits', () => {
    const keypair = new Keypair(material(), split(2n ** 32n - 3n));
    keypair.reserve(2);
    assert.equal(counterOf(keypair), 2n ** 32n - 1n);
    keypair.reserve(1);
    assert.equal(counterOf(keypair), 2n ** 32n);
    keypair.reserve(MAX_RESERVATION);
    assert.equal(counterOf(keypair), 2n ** 32n + BigInt(MAX_RESERVATION));
  });

  it('asks for a new handshake from 2^60 messages on', () => {
    const keypair = new Keypair(material(), split(2n ** 60n - 1n));
    assert.equal(keypair.wantsRekey, false);
    keypair.reserve(1);
    assert.equal(keypair.wantsRekey, true);
    assert.equal(keypair.canSend, true);
  });

  it('stops before any counter that must be refused', () => {
    const last = new Keypair(material(), split(REJECT - BigInt(MAX_RESERVATION)));
    assert.equal(last.canSend, true);
    last.reserve(MAX_RESERVATION);
    assert.equal(counterOf(last), REJECT);
    assert.equal(last.canSend, false);
    assert.equal(new Keypair(material(), split(REJECT - BigInt(MAX_RESERVATION) + 1n)).canSend, false);
  });

  it('only receives once expired', () => {
    const keypair = new Keypair(material());
    keypair.expire();
    assert.equal(keypair.canSend, false);
    assert.equal(keypair.replay.accept(0, 7), true);
    assert.deepEqual(keypair.receiveKey, new Uint8Array(32).fill(4));
  });

  it('leaves no key behind when wiped', () => {
    const source = material();
    const keypair = new Keypair(source);
    keypair.wipe();
    assert.equal(keypair.canSend, false);
    for (const key of [keypair.sendKey, keypair.receiveKey, source.sendKey, source.receiveKey]) {
      assert.deepEqual(key, new Uint8Array(32));
    }
  });
});
