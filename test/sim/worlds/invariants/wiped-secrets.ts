/**
 * Invariants "secrets" and, as far as it is about keys, "bounds". A keypair that is retired is all zero at
 * that moment; no peer has more than three; and when a peer has had no new session for three times
 * Reject-After-Time, it has none (paper 6.3). An audit searches the whole arena for keys that are gone.
 */
import { isAllZero } from '../../../../src/protocol/bytes.ts';
import type { EngineCommand, EngineEvent, KeypairMaterial, PeerId } from '../../../../src/protocol/engine-port.ts';
import type { Instant } from '../../../../src/protocol/time.ts';
import { InvariantViolation } from './violation.ts';

const KEYPAIRS = 3;
/** What is due is done at once; a millisecond for fractions. */
const SLACK_MS = 1;
/** Keys that an audit looks for, the latest that were retired. */
const REMEMBERED_KEYS = 64;

interface Held {
  readonly peer: PeerId;
  readonly material: KeypairMaterial;
  readonly keys: readonly Uint8Array[];
}

export class WipedSecrets {
  readonly #host: number;
  /** By local index. BOUNDED by three keypairs a peer, which is checked. */
  readonly #held = new Map<number, Held>();
  /** When the peer last got a keypair. BOUNDED by the peers. */
  readonly #installedAt = new Map<PeerId, Instant>();
  /** Copies of keys that are gone. BOUNDED by REMEMBERED_KEYS. */
  readonly #gone: Uint8Array[] = [];
  /** When the first keypair may have to be gone: nothing to look at before. */
  #lookAt = Number.POSITIVE_INFINITY;

  constructor(host: number) {
    this.#host = host;
  }

  command(command: EngineCommand, now: Instant, zeroAfter: number): void {
    if (command.kind !== 'install-keypair') return;
    const { keypair, peer } = command;
    const keys = [keypair.sendKey.slice(), keypair.receiveKey.slice()];
    this.#held.set(keypair.localIndex, { peer, material: keypair, keys });
    this.#installedAt.set(peer, now);
    this.#lookAt = Math.min(this.#lookAt, now + zeroAfter + SLACK_MS);
  }

  report(event: EngineEvent): void {
    if (event.kind === 'peer-removed') this.#installedAt.delete(event.peer);
    if (event.kind !== 'keypair-retired') return;
    const held = this.#held.get(event.localIndex);
    if (held === undefined) return;
    this.#held.delete(event.localIndex);
    if (!isAllZero(held.material.sendKey) || !isAllZero(held.material.receiveKey))
      throw new InvariantViolation('secrets', `host ${this.#host} retired a keypair of peer ${event.peer} unwiped`);
    this.#gone.push(...held.keys);
    this.#gone.splice(0, this.#gone.length - REMEMBERED_KEYS);
  }

  check(now: Instant, zeroAfter: number): void {
    this.#checkBound();
    if (now <= this.#lookAt) return;
    this.#lookAt = Number.POSITIVE_INFINITY;
    for (const { peer } of this.#held.values()) {
      const age = now - (this.#installedAt.get(peer) ?? now);
      if (age > zeroAfter + SLACK_MS)
        throw new InvariantViolation(
          'secrets',
          `host ${this.#host} has keys of peer ${peer} ${age} ms after the last session`,
        );
      this.#lookAt = Math.min(this.#lookAt, now - age + zeroAfter + SLACK_MS);
    }
  }

  /** Whether anything of the arena is a key that is gone. Keys lie at multiples of four. */
  audit(arena: Uint32Array): void {
    const keys = this.#gone.map((key) => new Uint32Array(key.buffer, key.byteOffset, 8));
    const isFirst = new Uint8Array(65_536);
    for (const key of keys) isFirst[key[0] & 0xffff] = 1;
    for (let word = 0; word < arena.length - 1; word += 1) {
      if (isFirst[arena[word] & 0xffff] === 0) continue;
      if (keys.some((key) => key[0] === arena[word] && key[1] === arena[word + 1]))
        throw new InvariantViolation(
          'secrets',
          `host ${this.#host} has a key that is gone at ${4 * word} of its arena`,
        );
    }
  }

  #checkBound(): void {
    if (this.#held.size <= KEYPAIRS) return;
    const counts = new Map<PeerId, number>();
    for (const { peer } of this.#held.values()) counts.set(peer, (counts.get(peer) ?? 0) + 1);
    for (const [peer, count] of counts) {
      if (count > KEYPAIRS)
        throw new InvariantViolation('bounds', `host ${this.#host} has ${count} keypairs of peer ${peer}`);
    }
  }
}
