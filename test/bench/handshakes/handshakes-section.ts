/**
 * `--section handshakes`: how many a responder answers in a second. Alone in one thread, which shows
 * the cost of the protocol; and daemons, each flooded with valid initiations of many peers. Every
 * initiation costs a responder four operations on the curve, and those are the yardstick.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askProgram, programPath } from '../../support/child-program.ts';
import type { EngineAdapter } from '../../support/engines/engine-adapter.ts';
import type { KeyPair } from '../../support/keys.ts';
import { generateKeyPair, keyToHex } from '../../support/keys.ts';
import { namespacesUnavailable } from '../../support/network-namespace.ts';
import { Scope } from '../../support/scope.ts';
import { LISTEN_PORT } from '../../support/tunnel-pair.ts';
import type { TunnelSettings } from '../../support/tunnel-settings.ts';
import { connectHosts } from '../../support/wire.ts';
import type { Measure } from '../results/figure.ts';
import { FigureSet, heldAgainst } from '../results/figure.ts';
import type { Section } from '../section.ts';
import { OWN_ENGINE, REFERENCE_ENGINE, versionsOf } from '../tunnel/subjects.ts';
import type { HandshakeOrder, HandshakeReport } from './handshake-order.ts';

const PROGRAM = programPath('handshake-program', import.meta.url);
/** Daemons take an initiation of a peer every 20 ms, so this many peers allow 25,600 in a second. */
const PEERS = 512;
const PER_PEER = 40;
const OWN_PER_PEER = 8;
const WINDOW = 32;
const FLOOD_MS = 1500;
/** Asks for cookies above 100 a second, whatever its load. */
const LIMITS_ITSELF = 'boringtun-cli';

const ALONE: Measure = { name: 'one thread', unit: 'per second', better: 'higher', floor: 20 };
const DAEMON: Measure = { name: 'daemon', unit: 'per second', better: 'higher', floor: 20 };
const CURVE = 'one X25519 operation';

interface Flooding {
  readonly responder: KeyPair;
  readonly peers: readonly KeyPair[];
  readonly file: string;
}

function ask(order: HandshakeOrder, place?: Parameters<typeof askProgram>[2]): Promise<HandshakeReport> {
  return askProgram<HandshakeReport>(PROGRAM, order, place);
}

/** One set of initiations serves all daemons: each is started afresh. */
async function prepare(scope: Scope): Promise<Flooding> {
  const folder = mkdtempSync(join(tmpdir(), 'awg-vpn-bench-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  scope.defer(folder, remove, remove);
  const file = join(folder, 'initiations');
  const responder = generateKeyPair();
  const peers = Array.from({ length: PEERS }, generateKeyPair);
  await ask({
    role: 'prepare',
    responder: keyToHex(responder.publicKey),
    peers: peers.map(({ privateKey }) => keyToHex(privateKey)),
    perPeer: PER_PEER,
    file,
  });
  return { responder, peers, file };
}

function settingsOf({ responder, peers }: Flooding): TunnelSettings {
  return {
    privateKey: responder.privateKey,
    listenPort: LISTEN_PORT,
    addresses: ['10.201.0.1/32'],
    mtu: 1420,
    peers: peers.map(({ publicKey }, index) => ({ publicKey, allowedIps: [`10.202.${index >> 8}.${index & 255}/32`] })),
  };
}

async function floodDaemon(engine: EngineAdapter, flooding: Flooding): Promise<number> {
  const scope = new Scope();
  try {
    const [left, right] = await connectHosts(scope);
    await engine.start(scope, right.namespace, settingsOf(flooding));
    const order: HandshakeOrder = {
      role: 'flood',
      file: flooding.file,
      target: right.address[4],
      port: LISTEN_PORT,
      window: WINDOW,
      milliseconds: FLOOD_MS,
    };
    const { responses, cookieReplies, seconds } = await ask(order, { namespace: left.namespace });
    if (cookieReplies > 0) throw new Error(`${engine.name} asked for cookies, so this is not the rate of handshakes`);
    return responses / seconds;
  } finally {
    await scope.close();
  }
}

async function measureAlone(figures: FigureSet): Promise<void> {
  const { responses, seconds, curveMicroseconds } = await ask({ role: 'own', peers: PEERS, perPeer: OWN_PER_PEER });
  const place = { section: 'handshakes', table: 'Responder alone', subject: OWN_ENGINE } as const;
  const perSecond = responses / seconds;
  // Operations on the curve in a second, so that the ratio does not depend on the machine.
  figures.add(place, ALONE, perSecond, { name: CURVE, value: 1e6 / curveMicroseconds });
  const share: Measure = { name: 'of it curve operations', unit: '%', better: 'higher', floor: 5 };
  figures.add(place, share, perSecond * 4 * curveMicroseconds * 1e-4);
}

export const handshakesSection: Section = {
  name: 'handshakes',
  unavailable: namespacesUnavailable,
  async run(options, progress) {
    const figures = new FigureSet();
    const engines = options.engines.filter(({ name }) => name !== LIMITS_ITSELF);
    const scope = new Scope();
    try {
      const flooding = await prepare(scope);
      for (let round = 1; round <= options.rounds; round += 1) {
        await measureAlone(figures);
        for (const engine of engines) {
          const foreign = engine.name !== OWN_ENGINE;
          const place = { section: 'handshakes', table: 'Daemons', subject: engine.name, foreign } as const;
          figures.add(place, DAEMON, await floodDaemon(engine, flooding));
        }
        progress(`handshakes: round ${round}`);
      }
    } finally {
      await scope.close();
    }
    return { figures: heldAgainst(figures.list(), REFERENCE_ENGINE), versions: await versionsOf(engines) };
  },
};
