/** The slots of a keyring and the counters of a keypair, whatever comes in whatever order. */
import { REJECT_AFTER_MESSAGES } from '../../../src/protocol/constants.ts';
import type { ReceiverIndex } from '../../../src/protocol/engine-port.ts';
import { Keypair, MAX_RESERVATION } from '../../../src/protocol/session/keypair.ts';
import { Keyring } from '../../../src/protocol/session/keyring.ts';
import type { Instant } from '../../../src/protocol/time.ts';
import { ByteScript } from '../engine/byte-script.ts';
import type { FuzzTarget, Note } from '../engine/target.ts';
import { promise } from '../engine/target.ts';

class KeyringScript {
  readonly #ring = new Keyring();
  /** Made and not yet retired. */
  readonly #alive = new Set<Keypair>();
  #made = 0;

  install(isInitiator: boolean, low: number): void {
    const keypair = new Keypair(
      {
        localIndex: ++this.#made as ReceiverIndex,
        remoteIndex: 0 as ReceiverIndex,
        sendKey: new Uint8Array(32).fill(1),
        receiveKey: new Uint8Array(32).fill(2),
        isInitiator,
        createdAt: 0 as Instant,
      },
      { high: low % 3 === 0 ? REJECT_AFTER_MESSAGES.high : 0, low },
    );
    this.#alive.add(keypair);
    this.#retire(this.#ring.install(keypair));
    promise((isInitiator ? this.#ring.current : this.#ring.next) === keypair, 'a new keypair is in no slot of its own');
  }

  confirm(): void {
    const { next } = this.#ring;
    this.#retire(this.#ring.confirmNext());
    if (next !== undefined) promise(this.#ring.current === next, 'a confirmed keypair is not current');
  }

  clear(): void {
    this.#retire(this.#ring.clear());
    promise(this.#alive.size === 0, 'a cleared ring keeps keypairs');
  }

  expire(): void {
    this.#ring.expire();
    for (const keypair of this.#slots()) promise(!keypair.canSend, 'an expired keypair sends');
  }

  /** A counter is used once at most, and none that is forbidden. */
  send(count: number): void {
    const { current } = this.#ring;
    if (current === undefined || !current.canSend) return;
    const before = BigInt(current.counterHigh) * 2n ** 32n + BigInt(current.counterLow);
    current.reserve(count);
    const after = BigInt(current.counterHigh) * 2n ** 32n + BigInt(current.counterLow);
    promise(after === before + BigInt(count), `counter ${before} and ${count} make ${after}`);
    promise(after <= 2n ** 64n - 2n ** 13n - 1n, `counter ${after} is forbidden`);
  }

  check(note: Note): void {
    const slots = this.#slots();
    promise(new Set(slots).size === slots.length, 'one keypair in two slots');
    promise(slots.length === this.#alive.size, 'a keypair was lost without being retired');
    promise(
      slots.every((keypair) => this.#alive.has(keypair)),
      'a retired keypair is still in a slot',
    );
    note(slots.length);
  }

  #slots(): Keypair[] {
    return [this.#ring.previous, this.#ring.current, this.#ring.next].filter((keypair) => keypair !== undefined);
  }

  #retire(keypairs: readonly Keypair[]): void {
    for (const keypair of keypairs) {
      promise(this.#alive.delete(keypair), 'a keypair is retired twice');
      keypair.wipe();
      promise(
        [...keypair.sendKey, ...keypair.receiveKey].every((byte) => byte === 0),
        'a wiped keypair has keys',
      );
      promise(!keypair.canSend, 'a wiped keypair sends');
    }
  }
}

export const target: FuzzTarget = {
  seeds: [Uint8Array.of(0, 1, 0, 0, 0, 2, 4, 5, 5), Uint8Array.of(1, 1, 1, 1, 1, 1, 2, 3)],
  longest: 256,
  probe: (input, note) => {
    const script = new ByteScript(input);
    const ring = new KeyringScript();
    while (!script.isOver) {
      const step = script.below(6);
      if (step < 2) ring.install(step === 0, script.uint32());
      else if (step === 2) ring.confirm();
      else if (step === 3) ring.send(script.uint16() % (MAX_RESERVATION + 1));
      else if (step === 4) ring.expire();
      else ring.clear();
      ring.check(note);
    }
  },
};
