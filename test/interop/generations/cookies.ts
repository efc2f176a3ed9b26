/**
 * A responder that is flooded from many addresses, and an initiator that wants in meanwhile: it gets
 * a cookie, comes again with mac2, and gets its answer.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nodeCrypto } from '../../../src/crypto/node-crypto.ts';
import { SystemRandom } from '../../../src/crypto/system-random.ts';
import { isAllZero } from '../../../src/protocol/bytes.ts';
import { MacStamper } from '../../../src/protocol/cookie/mac-stamper.ts';
import type { ReceiverIndex } from '../../../src/protocol/engine-port.ts';
import { createInitiation, remoteStaticOf } from '../../../src/protocol/noise/handshake.ts';
import { disguise } from '../../../src/protocol/obfuscation/disguise.ts';
import { draw } from '../../../src/protocol/range.ts';
import { encode } from '../../../src/protocol/tai64n.ts';
import type { Instant, WallTime } from '../../../src/protocol/time.ts';
import { mac2Of } from '../../../src/protocol/wire/macs.ts';
import type { BurstOrder } from '../../support/burst-program.ts';
import { Capture, temporaryFolder } from '../../support/capture.ts';
import type { BackgroundProcess } from '../../support/command.ts';
import { run } from '../../support/command.ts';
import { profileOf } from '../../support/profile-of.ts';
import type { Scope } from '../../support/scope.ts';
import type { TunnelPair } from '../../support/tunnel-pair.ts';
import { LISTEN_PORT, waitForHandshake } from '../../support/tunnel-pair.ts';
import type { ObfuscationKeys } from '../../support/tunnel-settings.ts';
import { sleep, waitFor } from '../../support/wait.ts';
import type { Family } from '../../support/wire.ts';
import type { SeenDatagram } from './wire-reader.ts';
import { WireReader } from './wire-reader.ts';

const PROGRAM = fileURLToPath(new URL('../../support/burst-program.js', import.meta.url));

/**
 * A backlog of 128 is load, and 1024 wait at most. Three from each address and burst, so that none of
 * them comes too often: a flood that can be told from everybody else is no load for everybody else.
 */
const SOURCES = 200;
const PER_BURST = 600;
const INTERVAL_MS = 400;
const DIFFERENT_DATAGRAMS = 20;

/** Networks of the flooders; each address of IPv6 has a /64 of its own, as senders are told apart by that. */
const FLOODERS = {
  4: { network: '10.199.0.0/24', hostBits: 32, address: (index: number) => `10.199.0.${index + 1}` },
  6: { network: 'fd00:c7::/32', hostBits: 128, address: (index: number) => `fd00:c7:0:${(index + 1).toString(16)}::1` },
} as const;

/** Initiations of somebody whom the responder does not know. */
function strangersDatagrams(responderPublicKey: string, shared: ObfuscationKeys): string[] {
  const crypto = nodeCrypto();
  const random = new SystemRandom();
  const profile = profileOf(shared);
  const publicKey = Buffer.from(responderPublicKey, 'base64');
  return Array.from({ length: DIFFERENT_DATAGRAMS }, () => {
    const stranger = crypto.generateKeypair();
    const created = createInitiation(crypto, stranger, remoteStaticOf(crypto, stranger, publicKey), {
      type: draw(profile.initiation.header, random),
      sender: random.uint32() as ReceiverIndex,
      timestamp: encode(Date.now() as WallTime),
    });
    if (created === undefined) throw new Error('the responder has a key of low order');
    new MacStamper(crypto, publicKey).stamp(created.message, 0 as Instant);
    const datagram = disguise(profile, profile.initiation, created.message, crypto, random);
    return Buffer.from(datagram).toString('hex');
  });
}

async function addFlooders({ initiator, responder }: TunnelPair, outer: Family): Promise<string[]> {
  const { network, hostBits, address } = FLOODERS[outer];
  const sources = Array.from({ length: SOURCES }, (_, index) => address(index));
  const nodad = outer === 6 ? ' nodad' : '';
  const { namespace, device } = initiator.host;
  const lines = sources.map((source) => `address add ${source}/${hostBits} dev ${device}${nodad}\n`);
  await run('ip', ['-n', namespace.name, '-batch', '-'], { input: lines.join('') });
  const via = ['via', initiator.host.address[outer]];
  await responder.host.namespace.ip('route', 'add', network, ...via);
  return sources;
}

export async function startFlood(
  scope: Scope,
  pair: TunnelPair,
  shared: ObfuscationKeys,
  outer: Family,
): Promise<BackgroundProcess> {
  const order: BurstOrder = {
    target: pair.responder.host.address[outer],
    port: LISTEN_PORT,
    sources: await addFlooders(pair, outer),
    datagrams: strangersDatagrams(pair.responder.keys.publicKey, shared),
    perBurst: PER_BURST,
    intervalMilliseconds: INTERVAL_MS,
  };
  const path = `${temporaryFolder(scope)}/order.json`;
  writeFileSync(path, JSON.stringify(order));
  return pair.initiator.host.namespace.spawn(process.execPath, [PROGRAM, path], {}, scope);
}

/** Handshake messages between the two ends, in order. */
export interface HandshakeUnderLoad {
  readonly initiations: number;
  readonly cookieReplies: number;
  readonly initiationsWithCookie: number;
  readonly responses: number;
}

/** @param expectCookies false where the responder is told to send none */
export async function handshakeUnderLoad(
  scope: Scope,
  pair: TunnelPair,
  shared: ObfuscationKeys,
  options: { readonly outer: Family; readonly expectCookies: boolean; readonly expectAnswer?: boolean },
): Promise<HandshakeUnderLoad> {
  const { initiator, responder } = pair;
  const { outer, expectCookies, expectAnswer = true } = options;
  const filter = `udp and host ${initiator.host.address[outer]}`;
  const capture = await Capture.start(scope, responder.host, filter);
  const flood = await startFlood(scope, pair, shared, outer);
  const answered = (): boolean => flood.output.includes('answered');
  if (expectCookies) await waitFor('cookies for the flood', answered, { explain: () => flood.output });
  else await sleep(FLOOD_SETTLES_MS);
  if (expectAnswer) await waitForHandshake(initiator, responder);
  else await attempt(pair);
  if (flood.hasExited) throw new Error(`the flood ended: ${flood.output}`);
  await flood.stop();
  await capture.stop();
  return summary(new WireReader(shared, [initiator, responder]).read(capture.path, outer), pair);
}

const FLOOD_SETTLES_MS = 1500;
/** Long enough for the first repetition of an initiation. */
const ATTEMPT_SECONDS = 8;

async function attempt({ initiator, responder }: TunnelPair): Promise<void> {
  const { namespace } = initiator.host;
  const seconds = String(ATTEMPT_SECONDS);
  const shell = ['-c', '! ping -n -c 1 -W "$1" "$2"', 'ping', seconds, responder.inner[4]];
  await namespace.run('sh', shell);
}

function summary(seen: readonly SeenDatagram[], { initiator, responder }: TunnelPair): HandshakeUnderLoad {
  const count = (kind: SeenDatagram['kind'], from: TunnelPair['initiator']): SeenDatagram[] =>
    seen.filter((each) => each.kind === kind && each.from === from);
  const initiations = count('initiation', initiator);
  const hasCookie = ({ message }: SeenDatagram): boolean => message !== undefined && !isAllZero(mac2Of(message));
  return {
    initiations: initiations.length,
    cookieReplies: count('cookie-reply', responder).length,
    initiationsWithCookie: initiations.filter(hasCookie).length,
    responses: count('response', responder).length,
  };
}
