/**
 * Datagrams into the whole data plane, in the profile of each generation: nothing but what the peer sealed
 * reaches the TUN, each packet once, and afterwards the tunnel works.
 */
import { udpPacket } from '../../../src/testing/packets.ts';
import { EngineWorld, INITIATOR, RESPONDER } from '../../dataplane/engine-world.ts';
import { ByteScript } from '../engine/byte-script.ts';
import type { FuzzTarget, Note } from '../engine/target.ts';
import { promise } from '../engine/target.ts';
import { PROFILES } from './support.ts';

const PORTS = { sourcePort: 1, destinationPort: 2 };

class Attacked {
  readonly #world: EngineWorld;
  /** Genuine datagrams that were on the way, as a template. */
  readonly #templates: readonly Uint8Array[];
  #sent = 0;

  constructor(index: number) {
    this.#world = new EngineWorld(PROFILES[index]);
    this.#world.connect();
    this.#world.a.tun.inject(this.#packet(400));
    this.#world.settle();
    this.#world.b.tun.takePackets();
    this.#templates = this.#world.takeDatagrams().map(({ bytes }) => bytes.slice());
  }

  /** A datagram made by the script, from where the peer is or from elsewhere. */
  attack(script: ByteScript, note: Note): void {
    const { b, a, network } = this.#world;
    const datagram = this.#datagram(script);
    const from = script.byte() % 2 === 0 ? a.endpoint : { ...a.endpoint, port: 9 };
    const before = b.engine.counters().drops.slice();
    network.deliver({ from, to: b.endpoint, bytes: datagram });
    this.#world.settle();
    promise(b.tun.takePackets().length === 0, 'a datagram that the peer did not send reached the TUN');
    b.engine.counters().drops.forEach((count, reason) => {
      if (count !== before[reason]) note(reason);
    });
    for (const { type } of b.takeEvents('handshake')) note(100 + type.length);
  }

  /** The peer's packets still arrive, each once, and go back to where the peer is. */
  check(): void {
    const { a, b } = this.#world;
    const packet = this.#packet(100 + this.#sent);
    a.tun.inject(packet);
    this.#world.settle();
    const [arrived, ...more] = b.tun.takePackets();
    promise(
      arrived !== undefined && Buffer.compare(arrived, packet) === 0,
      'a genuine packet is lost after the attack',
    );
    promise(more.length === 0, 'one packet arrives twice');
  }

  #packet(bytes: number): Uint8Array {
    this.#sent += 1;
    const payload = new Uint8Array(bytes).fill(this.#sent);
    return udpPacket({ source: INITIATOR.inner, destination: RESPONDER.inner, ...PORTS, payload });
  }

  /** A replay, a changed copy, the end of one, or anything. */
  #datagram(script: ByteScript): Uint8Array {
    const kind = script.below(4);
    const template = script.pick(this.#templates).slice();
    if (kind === 0) return template;
    if (kind === 1) return template.subarray(0, script.uint16() % (template.length + 1));
    if (kind === 3) return script.take(script.byte() * 8);
    for (let edits = 1 + script.below(4); edits > 0; edits--)
      template[script.uint16() % template.length] ^= script.byte();
    return template;
  }
}

/** One world for each profile, used again: making one costs more than a hundred datagrams. */
const WORLDS = new Map<number, Attacked>();

function worldOf(index: number): Attacked {
  const world = WORLDS.get(index) ?? new Attacked(index);
  WORLDS.set(index, world);
  return world;
}

export const target: FuzzTarget = {
  seeds: PROFILES.map((_, index) => Uint8Array.of(index, 0, 0, 0, 1, 0, 40, 0, 0, 2, 0, 1, 4, 0, 1, 0, 3, 0, 20, 1, 2)),
  longest: 2048,
  probe: (input, note) => {
    const script = new ByteScript(input);
    const world = worldOf(script.below(PROFILES.length));
    while (!script.isOver) world.attack(script, note);
    world.check();
  },
};
