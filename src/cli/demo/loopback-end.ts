/**
 * One end of a tunnel without an operating system around it: interface in memory, data plane in this
 * thread, datagrams through a socket of Node. Everything between is what a daemon runs.
 */
import type { TunnelConfig } from '../../control/config/tunnel-config.ts';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import { SystemRandom } from '../../crypto/system-random.ts';
import { Arena } from '../../dataplane/arena.ts';
import { InlineEngine } from '../../dataplane/inline-engine.ts';
import { CoreDriver } from '../../device/core-driver.ts';
import { createPacketKernel } from '../../kernels/packet-kernel.ts';
import { selectAeadKernel } from '../../kernels/select.ts';
import { parseAddress } from '../../protocol/address-text.ts';
import type { Instant, Moment, WallTime } from '../../protocol/time.ts';
import { Tunnel } from '../../protocol/tunnel.ts';
import { MemoryTun } from '../../testing/memory-tun.ts';
import { MemoryCarrier } from '../../transport/memory/memory-carrier.ts';
import type { LoopbackSocket } from './loopback-socket.ts';

const ARENA_PAGES = 256;
/** Batches before other work of this thread gets its turn. */
const ROUNDS = 4;

export class LoopbackEnd {
  readonly #tun: MemoryTun;
  readonly #engine: InlineEngine;
  readonly #driver: CoreDriver<Tunnel>;
  #isScheduled = false;
  #isClosed = false;
  #onFrame: (frame: Uint8Array) => void = () => undefined;

  constructor(config: TunnelConfig, socket: LoopbackSocket) {
    const arena = new Arena(ARENA_PAGES);
    const carrier = new MemoryCarrier(arena, socket, { local: [socket.local], trains: true });
    const [crypto, random] = [nodeCrypto(), new SystemRandom()];
    this.#tun = new MemoryTun(arena, { onWrite: (frame) => this.#onFrame(frame) });
    this.#engine = new InlineEngine({
      arena,
      aead: selectAeadKernel(arena).kernel,
      packets: createPacketKernel(arena, 0),
      tun: this.#tun,
      carrier,
      crypto,
      random,
      profile: config.profile,
      clock: readClock,
    });
    const { privateKey, profile } = config;
    const tunnel = new Tunnel({ privateKey, profile, crypto, random, ledger: this.#engine.ledger }, readClock());
    this.#driver = new CoreDriver(tunnel, this.#engine, readClock, () => undefined);
    this.#engine.listen({ onEvents: (events) => this.#driver.handleEvents(events), onFailure: () => undefined });
    socket.onDatagram((datagram) => {
      if (carrier.enqueue(datagram)) this.#schedule();
    });
    this.#addPeers(config);
  }

  /** An application of this end sends a frame: virtio header and packet. */
  send(frame: Uint8Array): void {
    this.#tun.injectFrame(frame);
    this.#schedule();
  }

  /** Hears of every frame that arrives here; replaces the listener before. */
  onFrame(listener: (frame: Uint8Array) => void): void {
    this.#onFrame = listener;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#driver.stop();
    await this.#engine.close();
    this.#tun.close();
  }

  #addPeers(config: TunnelConfig): void {
    this.#driver.run((core, now) => {
      for (const { publicKey, presharedKey, endpoint, allowedIps, persistentKeepalive } of config.peers) {
        const address = parseAddress(endpoint?.host ?? '');
        core.addPeer(
          {
            publicKey,
            allowedIps,
            persistentKeepalive,
            ...(presharedKey && { presharedKey }),
            ...(endpoint && address && { endpoint: { address, port: endpoint.port, scopeId: 0 } }),
          },
          now,
        );
      }
      core.start(now);
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isClosed) return;
    this.#isScheduled = true;
    setImmediate(() => this.#pump());
  }

  #pump(): void {
    this.#isScheduled = false;
    if (this.#isClosed) return;
    let hasMore = true;
    for (let round = 0; round < ROUNDS && hasMore; round++) hasMore = this.#engine.pump();
    if (hasMore) this.#schedule();
  }
}

/** Not zero at the start of the process, which stands for "never". */
const CLOCK_ORIGIN = 1_000_000;

function readClock(): Moment {
  return { at: (CLOCK_ORIGIN + performance.now()) as Instant, wall: Date.now() as WallTime };
}
