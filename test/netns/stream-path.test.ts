/** A data plane in workers whose peer is reached by streams: TUN, worker, rings, and the test in place of the hub. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { nodeCrypto } from '../../src/crypto/node-crypto.ts';
import { Arena } from '../../src/dataplane/arena.ts';
import { InlineEngine } from '../../src/dataplane/inline-engine.ts';
import type { WorkerEngine } from '../../src/dataplane/worker-engine.ts';
import { startWorkerEngine } from '../../src/dataplane/worker-engine.ts';
import { createPacketKernel } from '../../src/kernels/packet-kernel.ts';
import { createAeadKernel } from '../../src/kernels/select.ts';
import { loadSyscalls } from '../../src/platform/ffi/syscalls.ts';
import { bootClock } from '../../src/platform/linux/clock.ts';
import { closeTun, openTun } from '../../src/platform/linux/tun.ts';
import { closeUdpSockets, openUdpSockets } from '../../src/platform/linux/udp-socket.ts';
import type { Endpoint } from '../../src/protocol/endpoint.ts';
import type {
  EngineCommand,
  EngineEvent,
  KeypairMaterial,
  PeerId,
  ReceiverIndex,
} from '../../src/protocol/engine-port.ts';
import { nullProfile } from '../../src/protocol/obfuscation/null-profile.ts';
import { address, endpoint, MemoryTun, SeededRandom, udpPacket } from '../../src/testing/index.ts';
import { enterPrivateNamespace, prefix, skipWithoutRoot, withNetlink } from '../support/netns-private.ts';
import { RingHub } from '../support/ring-hub.ts';
import { waitFor } from '../support/wait.ts';

const skip = skipWithoutRoot;
const PEER = 0 as PeerId;
const [NEAR, FAR] = ['10.9.0.1', '10.9.0.2'];
const PORT = 4000;
const clock = bootClock(loadSyscalls());

function keypair(own: number, other: number): KeypairMaterial {
  return {
    localIndex: own as ReceiverIndex,
    remoteIndex: other as ReceiverIndex,
    sendKey: new Uint8Array(32).fill(own),
    receiveKey: new Uint8Array(32).fill(other),
    isInitiator: own === 1,
    createdAt: clock().at,
  };
}

function meet(inner: string, at: Endpoint, keys: KeypairMaterial): EngineCommand[] {
  return [
    { kind: 'add-peer', peer: PEER },
    { kind: 'set-allowed-ips', peer: PEER, prefixes: [{ address: address(inner), length: 32 }] },
    { kind: 'set-endpoint', peer: PEER, endpoint: at },
    { kind: 'install-keypair', peer: PEER, keypair: keys, confirm: true },
  ];
}

const rethrow = (error: Error): never => {
  throw error;
};

/** The peer: an engine in memory. */
class FarEnd {
  readonly tun: MemoryTun;
  readonly engine: InlineEngine;
  readonly carrier;

  constructor(hub: RingHub) {
    const arena = new Arena(128);
    this.tun = new MemoryTun(arena);
    this.carrier = hub.network.attach(arena, { local: [endpoint('192.0.2.2', 2)] });
    this.engine = new InlineEngine({
      arena,
      aead: createAeadKernel('wasm-simd', arena),
      packets: createPacketKernel(arena, 0),
      tun: this.tun,
      carrier: this.carrier,
      crypto: nodeCrypto(),
      random: new SeededRandom(1),
      profile: nullProfile(),
      clock,
    });
    this.engine.listen({ onEvents: () => undefined, onFailure: rethrow });
  }
}

for (const workers of [1, 2] as const) {
  describe(`with ${workers === 1 ? 'one worker' : 'a worker for each direction'}`, { skip }, () => {
    const events: EngineEvent[] = [];
    const undo: (() => unknown)[] = [];
    let hub: RingHub;
    let far: FarEnd;
    let engine: WorkerEngine;
    let socket: Socket;
    let bundles: ReturnType<RingHub['connect']>[];

    before(async () => {
      if (skip !== false) return;
      enterPrivateNamespace();
      const tun = openTun({ name: 'awgstream', mtu: 1420 });
      const udp = openUdpSockets({ port: 0 });
      hub = new RingHub();
      undo.push(
        () => closeTun(tun),
        () => closeUdpSockets(udp),
        () => hub.close(),
      );
      withNetlink((netlink) => {
        const index = netlink.linkIndex('awgstream');
        netlink.addAddress(index, prefix(`${NEAR}/24`));
        netlink.setLink(index, { up: true });
      });
      const listener = { onEvents: (more: readonly EngineEvent[]) => events.push(...more), onFailure: rethrow };
      engine = await startWorkerEngine({ tun, udp, stream: hub.handle, profile: nullProfile(), listener, workers });
      undo.push(() => engine.close());
      far = new FarEnd(hub);
      bundles = [1, 2].map((bundle) => hub.connect(far.carrier, bundle));
      far.engine.execute(meet(NEAR, bundles[0].toHere, keypair(2, 1)));
      engine.execute(meet(FAR, bundles[0].toFar, keypair(1, 2)));
      socket = createSocket('udp4').bind(PORT, NEAR);
      await once(socket, 'listening');
      undo.push(() => socket.close());
    });

    after(async () => {
      for (const step of undo.reverse()) await step();
    });

    /** Sends from here to the far end; resolves to the bundle it went by. */
    async function send(text: string): Promise<number | undefined> {
      socket.send(text, PORT, FAR);
      await waitFor(`"${text}" to arrive`, () => {
        far.engine.pump();
        return far.tun.takePackets().some((packet) => Buffer.from(packet).includes(text));
      });
      return hub.sent.at(-1)?.bundle;
    }

    async function answer(text: string): Promise<void> {
      const heard = once(socket, 'message');
      const payload = Buffer.from(text);
      far.tun.inject(udpPacket({ source: FAR, destination: NEAR, sourcePort: PORT, destinationPort: PORT, payload }));
      far.engine.pump();
      hub.deliver();
      assert.equal(String((await heard)[0]), text);
    }

    const direct = (to: Endpoint): void => far.engine.execute([{ kind: 'set-endpoint', peer: PEER, endpoint: to }]);
    const seen = (kind: EngineEvent['kind']): boolean => events.some((event) => event.kind === kind);

    test('packets cross both ways by a bundle', async () => {
      assert.equal(await send('there'), 1);
      assert.notEqual(hub.sent.at(-1)?.flow, 0);
      await answer('and back');
      assert.equal(await send('there again'), 1);
      await answer('and back again');
    });

    test('a pinned peer is heard by another bundle and answered by its own', async () => {
      engine.execute([
        { kind: 'pin-path', peer: PEER, pinned: true },
        { kind: 'set-endpoint', peer: PEER, endpoint: bundles[0].toFar },
      ]);
      await send('settled');
      direct(bundles[1].toHere);
      await answer('from elsewhere');
      await waitFor('a report', () => seen('heard'));
      assert.equal(await send('as before'), 1);
      const record = engine.ledger.read(PEER);
      assert.ok(record.dataReceivedLast > record.dataReceivedHereLast);
    });

    test('a probe goes by the bundle that it is for, once', async () => {
      const payload = Buffer.from('anyone there');
      const packet = udpPacket({ source: NEAR, destination: FAR, sourcePort: 1, destinationPort: 2, payload });
      const before = hub.sent.length;
      engine.execute([{ kind: 'send-probe', peer: PEER, to: bundles[1].toFar, packet }]);
      await waitFor('the probe', () => hub.sent.length > before);
      assert.deepEqual(
        hub.sent.slice(before).map(({ bundle }) => bundle),
        [2],
      );
      far.engine.pump();
      assert.deepEqual(far.tun.takePackets(), [packet]);
    });

    test('unpinned, it is followed', async () => {
      engine.execute([{ kind: 'pin-path', peer: PEER, pinned: false }]);
      await send('settled');
      direct(bundles[1].toHere);
      await answer('from elsewhere');
      await waitFor('a report', () => seen('roamed'));
      assert.equal(await send('over there'), 2);
    });
  });
}
