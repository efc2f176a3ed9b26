/**
 * Two daemons that live through what an hour has in store, over and over: traffic with checksums both ways,
 * roaming to another address and port, another carrier, rekeys. Each tunnel of the rig has a pace of its own:
 *
 *     quick  AWG 3.1 with timers shortened to seconds: hundreds of sessions
 *     plain  WireGuard with its own two minutes
 */

import type { DaemonEnd, DaemonPair } from '../../netns/daemon-pair.ts';
import { prepareDaemons, startBoth, waitForAnswer } from '../../netns/daemon-pair.ts';
import { onlyPeer } from '../../support/engines/engine-adapter.ts';
import { PingMonitor } from '../../support/ping.ts';
import { processUsage } from '../../support/process-usage.ts';
import type { Scope } from '../../support/scope.ts';
import { transfer } from '../../support/transfer.ts';
import { LISTEN_PORT } from '../../support/tunnel-pair.ts';
import type { ObfuscationKeys, PeerSettings, TunnelSettings } from '../../support/tunnel-settings.ts';
import { sleep } from '../../support/wait.ts';
import { endpointText } from '../../support/wire.ts';
import { MemorySlope } from '../memory-slope.ts';
import { lastHeapLeft } from './heap-left.ts';

/** Long enough for a handshake that is repeated once. */
const BACK_AGAIN_MS = 30_000;
const TRANSFER_BYTES = 4 << 20;
const PAUSE_MS = 2000;
const STREAM_PORT = 8443;
/** About a minute. */
const ROUNDS_PER_WEIGHING = 20;
const COLLECTED_AFTER_MS = 500;

/** Handshakes every few seconds; what the file calls seconds. */
export const QUICK: ObfuscationKeys = {
  Jc: 3,
  Jmin: 40,
  Jmax: 90,
  S1: 31,
  S2: 47,
  S3: 22,
  S4: 12,
  H1: '100000-100099',
  H2: '200000-200099',
  H3: '300000-300099',
  H4: '400000-400099',
  HeaderProtectionKey: Buffer.alloc(32, 0x5a).toString('base64'),
  RandomTrailers: 'on',
  RekeyAfterTime: '4-7',
  RejectAfterTime: 20,
};

export interface SoakCounts {
  rounds: number;
  transfers: number;
  bytes: number;
  roamed: number;
  carrierChanges: number;
  handshakes: number;
  pingsSent: number;
  pingsReceived: number;
}

export interface SoakResult extends SoakCounts {
  readonly minutes: number;
  /** MiB a minute of each daemon's resident set; undefined where there was too little time to tell. */
  readonly slopes: readonly (number | undefined)[];
  /** The same of what is left of its heap after a collection: what leaks is there. */
  readonly heapSlopes: readonly (number | undefined)[];
  /** What must not be: lost sessions, wrong checksums, errors that nobody caught. */
  readonly failures: readonly string[];
}

export class RigSoak {
  readonly #scope: Scope;
  readonly #name: string;
  readonly #pair: DaemonPair;
  readonly #failures: string[] = [];
  readonly #memory = [new MemorySlope(), new MemorySlope()] as const;
  readonly #counts: SoakCounts = {
    rounds: 0,
    transfers: 0,
    bytes: 0,
    roamed: 0,
    carrierChanges: 0,
    handshakes: 0,
    pingsSent: 0,
    pingsReceived: 0,
  };
  #settings: TunnelSettings;
  #overStream = true;

  private constructor(scope: Scope, name: string, pair: DaemonPair) {
    this.#scope = scope;
    this.#name = name;
    this.#pair = pair;
    this.#settings = { ...pair.initiator.settings, peers: carriedBy(pair, true) };
  }

  static async start(scope: Scope, name: string, obfuscation: ObfuscationKeys): Promise<RigSoak> {
    const pair = await prepareDaemons(scope, { obfuscation, mtu: 1380, initiatorKeepalive: 5 });
    pair.responder.tunnel.configure({ ...pair.responder.settings, listeners: { ListenTCP: `0.0.0.0:${STREAM_PORT}` } });
    // A tunnel that begins without streams has none later.
    pair.initiator.tunnel.configure({ ...pair.initiator.settings, peers: carriedBy(pair, true) });
    await startBoth(pair);
    await waitForAnswer(pair.initiator, pair.responder);
    return new RigSoak(scope, name, pair);
  }

  async run(minutes: number): Promise<SoakResult> {
    const began = performance.now();
    const end = began + minutes * 60_000;
    const { initiator, responder } = this.#pair;
    const monitor = new PingMonitor(this.#scope, initiator.host.namespace, responder.inner[4], 0.5);
    while (performance.now() < end && this.#failures.length === 0) {
      await this.#round();
      if (this.#counts.rounds % ROUNDS_PER_WEIGHING === 0) await this.#weigh((performance.now() - began) / 60_000);
    }
    const { sent, received } = await monitor.finish();
    Object.assign(this.#counts, { pingsSent: sent, pingsReceived: received });
    await this.#finish();
    return {
      ...this.#counts,
      minutes: (performance.now() - began) / 60_000,
      slopes: this.#memory.map((memory) => memory.slopeOf('rss')),
      heapSlopes: this.#memory.map((memory) => memory.slopeOf('heap')),
      failures: this.#failures,
    };
  }

  get #ends(): readonly [DaemonEnd, DaemonEnd] {
    return [this.#pair.initiator, this.#pair.responder];
  }

  async #round(): Promise<void> {
    const { rounds } = this.#counts;
    try {
      await this.#transfer(rounds % 2 === 0, rounds % 4 < 2 ? 4 : 6);
      if (rounds % 3 === 1) await this.#roam();
      if (rounds % 5 === 3) await this.#changeCarrier();
      await sleep(PAUSE_MS);
    } catch (error) {
      this.#failures.push(`${this.#name}, round ${rounds}: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.#counts.rounds += 1;
  }

  async #transfer(forth: boolean, inner: 4 | 6): Promise<void> {
    const [first, second] = this.#ends;
    const [from, to] = forth ? [first, second] : [second, first];
    const { sent, received } = await transfer(this.#scope, from, to, { inner, bytes: TRANSFER_BYTES });
    if (received.bytes !== TRANSFER_BYTES || received.sha256 !== sent.sha256)
      throw new Error(`${received.bytes} of ${TRANSFER_BYTES} bytes arrived, ${received.sha256} for ${sent.sha256}`);
    this.#counts.transfers += 1;
    this.#counts.bytes += TRANSFER_BYTES;
  }

  /** Another port of ours, under the same session. */
  async #roam(): Promise<void> {
    const { initiator, responder } = this.#pair;
    this.#settings = { ...this.#settings, listenPort: LISTEN_PORT + 1 + (this.#counts.roamed % 1000) };
    await initiator.tunnel.reload(this.#settings);
    await waitForAnswer(initiator, responder, BACK_AGAIN_MS);
    this.#counts.roamed += 1;
  }

  /** From datagrams to a stream, or back. */
  async #changeCarrier(): Promise<void> {
    const { initiator, responder } = this.#pair;
    this.#overStream = !this.#overStream;
    this.#settings = { ...this.#settings, peers: carriedBy(this.#pair, this.#overStream) };
    await initiator.tunnel.reload(this.#settings);
    await waitForAnswer(initiator, responder, BACK_AGAIN_MS);
    this.#counts.carrierChanges += 1;
  }

  async #weigh(minutes: number): Promise<void> {
    for (const { tunnel } of this.#ends) if (!tunnel.process.hasExited) process.kill(tunnel.process.pid, 'SIGUSR2');
    await sleep(COLLECTED_AFTER_MS);
    this.#ends.forEach(({ tunnel }, index) => {
      const { output, hasExited, pid } = tunnel.process;
      const heap = lastHeapLeft(output);
      if (hasExited || heap === undefined) this.#failures.push(`${this.#name}: a daemon ended: ${output}`);
      else this.#memory[index]?.add({ minutes, rss: processUsage(pid).residentBytes, heap });
    });
  }

  /** The session is still there, and nothing was thrown meanwhile. */
  async #finish(): Promise<void> {
    const { initiator, responder } = this.#pair;
    await waitForAnswer(initiator, responder, BACK_AGAIN_MS).catch((error: unknown) =>
      this.#failures.push(`${this.#name}: the session is lost: ${String(error)}`),
    );
    for (const { tunnel } of this.#ends) {
      const { output } = tunnel.process;
      this.#counts.handshakes += output.split('handshake completed').length - 1;
      for (const word of ['Unhandled', 'unhandled', 'internal error', 'gave up', 'no answer to'])
        if (output.includes(word)) this.#failures.push(`${this.#name}: "${word}" in the log of a daemon`);
    }
    await onlyPeer(initiator.tunnel);
  }
}

/** The initiator's peer, reached over a stream or by datagrams. */
function carriedBy({ initiator, responder }: DaemonPair, stream: boolean): readonly PeerSettings[] {
  const EndpointTCP = endpointText(responder.host.address[4], STREAM_PORT);
  const carriers: PeerSettings['carriers'] = stream ? { Transport: 'tcp', EndpointTCP } : { Transport: 'udp' };
  return initiator.settings.peers.map((peer) => ({ ...peer, carriers }));
}
