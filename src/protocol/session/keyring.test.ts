import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReceiverIndex } from '../engine-port.ts';
import type { Instant } from '../time.ts';
import { Keypair } from './keypair.ts';
import { Keyring } from './keyring.ts';

/** A keypair that is told from others by its local index. */
function keypair(index: number, isInitiator: boolean): Keypair {
  return new Keypair({
    localIndex: index as ReceiverIndex,
    remoteIndex: 0 as ReceiverIndex,
    sendKey: new Uint8Array(32),
    receiveKey: new Uint8Array(32),
    isInitiator,
    createdAt: 0 as Instant,
  });
}

const initiated = (index: number): Keypair => keypair(index, true);
const responded = (index: number): Keypair => keypair(index, false);

function slots(ring: Keyring): (number | undefined)[] {
  return [ring.previous, ring.current, ring.next].map((slot) => slot?.localIndex);
}

function indices(keypairs: readonly Keypair[]): number[] {
  return keypairs.map((each) => each.localIndex);
}

describe('Keyring as initiator', () => {
  it('sends with a new keypair at once and keeps the old one for late packets', () => {
    const ring = new Keyring();
    assert.deepEqual(indices(ring.install(initiated(1))), []);
    assert.deepEqual(slots(ring), [undefined, 1, undefined]);
    assert.deepEqual(indices(ring.install(initiated(2))), []);
    assert.deepEqual(slots(ring), [1, 2, undefined]);
    assert.deepEqual(indices(ring.install(initiated(3))), [1]);
    assert.deepEqual(slots(ring), [2, 3, undefined]);
  });

  it('keeps a waiting next rather than current', () => {
    const ring = new Keyring();
    ring.install(initiated(1));
    ring.install(initiated(2));
    assert.deepEqual(indices(ring.install(responded(3))), [1]);
    assert.deepEqual(indices(ring.install(initiated(4))), [2]);
    assert.deepEqual(slots(ring), [3, 4, undefined]);
  });
});

describe('Keyring as responder', () => {
  it('does not send with a new keypair before it is confirmed', () => {
    const ring = new Keyring();
    ring.install(responded(1));
    assert.deepEqual(slots(ring), [undefined, undefined, 1]);
    assert.deepEqual(indices(ring.confirmNext()), []);
    assert.deepEqual(slots(ring), [undefined, 1, undefined]);
  });

  it('drops previous and an unconfirmed next when another comes', () => {
    const ring = new Keyring();
    ring.install(initiated(1));
    ring.install(initiated(2));
    assert.deepEqual(indices(ring.install(responded(3))), [1]);
    assert.deepEqual(indices(ring.install(responded(4))), [3]);
    assert.deepEqual(slots(ring), [undefined, 2, 4]);
    assert.deepEqual(indices(ring.confirmNext()), []);
    assert.deepEqual(slots(ring), [2, 4, undefined]);
    ring.install(responded(5));
    assert.deepEqual(slots(ring), [undefined, 4, 5]);
  });

  it('has nothing to confirm twice', () => {
    const ring = new Keyring();
    ring.install(responded(1));
    ring.confirmNext();
    assert.deepEqual(ring.confirmNext(), []);
    assert.deepEqual(slots(ring), [undefined, 1, undefined]);
  });
});

describe('Keyring', () => {
  it('hands back all keypairs when cleared', () => {
    const ring = new Keyring();
    ring.install(responded(1));
    ring.confirmNext();
    ring.install(initiated(2));
    ring.install(responded(3));
    assert.deepEqual(indices(ring.clear()), [2, 3]);
    assert.deepEqual(slots(ring), [undefined, undefined, undefined]);
    assert.deepEqual(ring.clear(), []);
  });

  it('keeps nothing when cleared, not for late packets either', () => {
    const ring = new Keyring();
    ring.install(initiated(1));
    ring.install(initiated(2));
    assert.deepEqual(indices(ring.clear()), [1, 2]);
    assert.deepEqual(slots(ring), [undefined, undefined, undefined]);
  });

  it('ends sending with every slot', () => {
    const ring = new Keyring();
    ring.install(initiated(1));
    ring.install(initiated(2));
    ring.install(responded(3));
    ring.expire();
    ring.confirmNext();
    assert.deepEqual(slots(ring), [2, 3, undefined]);
    assert.equal(ring.previous?.canSend, false);
    assert.equal(ring.current?.canSend, false);
  });
});
