/**
 * What peers weigh that have no session, apart in core and data plane: heap, what lies in the arena for each,
 * and the ledger that both see. A process of its own, so that nothing else grows meanwhile. Takes
 * `{"peers": N}` as its argument and prints a PeerMemoryReport.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { nodeCrypto } from '../../../src/crypto/node-crypto.ts';
import { SystemRandom } from '../../../src/crypto/system-random.ts';
import { Arena } from '../../../src/dataplane/arena.ts';
import { InlineEngine } from '../../../src/dataplane/inline-engine.ts';
import { ledgerMemory } from '../../../src/dataplane/shared-ledger.ts';
import { createPacketKernel } from '../../../src/kernels/packet-kernel.ts';
import { createAeadKernel } from '../../../src/kernels/select.ts';
import type { EngineCommand } from '../../../src/protocol/engine-port.ts';
import { nullProfile } from '../../../src/protocol/obfuscation/null-profile.ts';
import { Tunnel } from '../../../src/protocol/tunnel.ts';
import { endpoint, VirtualClock } from '../../../src/testing/index.ts';
import { PATH_BYTES } from '../../../src/transport/carrier.ts';
import { LoopCarrier, SinkTun } from '../path/replay-devices.ts';

/** Bytes for each peer. */
export interface PeerMemoryReport {
  readonly dataPlane: number;
  readonly core: number;
}

const ARENA_PAGES = 512;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapUsed(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

function shared(peers: number): number {
  const { records, watched } = ledgerMemory(peers);
  return peers * PATH_BYTES + records.byteLength + watched.byteLength;
}

function createEngine(peers: number, clock: VirtualClock): InlineEngine {
  const arena = new Arena(ARENA_PAGES);
  return new InlineEngine({
    arena,
    carrier: LoopCarrier.pair(false)[0],
    maxPeers: peers,
    aead: createAeadKernel('wasm-simd', arena),
    packets: createPacketKernel(arena, 0),
    tun: new SinkTun({ tcp: true, udp: true }),
    crypto: nodeCrypto(),
    random: new SystemRandom(),
    profile: nullProfile(),
    clock: () => clock.now(),
  });
}

/** The commands that the core gives for its peers are executed afterwards, so that each side is weighed alone. */
function weigh(peers: number): PeerMemoryReport {
  const clock = new VirtualClock();
  const engine = createEngine(peers, clock);
  const crypto = nodeCrypto();
  const privateKey = crypto.generateKeypair().rawPrivateKey;
  const options = { crypto, privateKey, random: new SystemRandom(), profile: nullProfile(), ledger: engine.ledger };
  const tunnel = new Tunnel(options, clock.now());
  const keys = Array.from({ length: peers }, () => crypto.generateKeypair().publicKey);
  const empty = heapUsed();
  for (const [number, publicKey] of keys.entries()) tunnel.addPeer(settingsOf(publicKey, number), clock.now());
  const commands: EngineCommand[] = [...tunnel.pollCommands()];
  const withCommands = heapUsed();
  engine.execute(commands);
  const full = heapUsed();
  commands.length = 0;
  const core = heapUsed() - empty - (full - withCommands);
  return { dataPlane: (full - withCommands + shared(peers)) / peers, core: core / peers };
}

function settingsOf(publicKey: Uint8Array, number: number) {
  const address = Uint8Array.of(10, 202, number >> 8, number & 255);
  const at = endpoint('192.0.2.1', 1024 + number);
  return { publicKey, allowedIps: [{ address, length: 32 }], endpoint: at, persistentKeepalive: 0 };
}

const { peers } = JSON.parse(process.argv[2] ?? '') as { peers: number };
console.log(JSON.stringify(weigh(peers)));
