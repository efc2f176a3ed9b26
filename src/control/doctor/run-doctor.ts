/**
 * An examination with sockets and a clock: calls the peers whose endpoints are known, as a tunnel would,
 * waits for the others, and stops as soon as nothing more can be learnt.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import { SystemRandom } from '../../crypto/system-random.ts';
import type { Endpoint } from '../../protocol/endpoint.ts';
import { sameEndpoint } from '../../protocol/endpoint.ts';
import type { Instant, Moment, WallTime } from '../../protocol/time.ts';
import { ConfigError } from '../config/config-error.ts';
import { resolveEndpoint } from '../config/resolve.ts';
import type { TunnelConfig } from '../config/tunnel-config.ts';
import { DoctorSockets } from './doctor-sockets.ts';
import { Examination } from './examination.ts';
import type { PeerCase } from './peer-case.ts';
import { probeInitiation, probeTransport } from './probe-peer.ts';
import { networkComplaint } from './reachability.ts';
import type { DoctorReport } from './report.ts';

export interface DoctorOptions {
  /** At most so long. */
  readonly seconds: number;
  /** Try other values on a peer that says nothing. */
  readonly probe: boolean;
  /** Ends the examination early; what is known then is reported. */
  readonly signal?: AbortSignal;
}

interface Visit {
  readonly probe: boolean;
  readonly signal: AbortSignal;
}

/** Between two looks at what has become due. */
const TICK_MS = 100;

/** So long a peer may take for an answer before more is tried. */
const PATIENCE_SECONDS = 2;

/** A ping is repeated after this long. */
const PING_EVERY_MS = 3_000;

/** How long an ICMP error may take. */
const COMPLAINT_MS = 1_000;
const NOISE_BYTES = 24;

/** @throws DoctorError where there is no socket to be had; ConfigError where peers cannot be added */
export async function runDoctor(config: TunnelConfig, options: DoctorOptions): Promise<DoctorReport> {
  const tools = { crypto: nodeCrypto(), random: new SystemRandom() };
  const began = now();
  const sockets: DoctorSockets = await DoctorSockets.open(config.listenPort, {
    onDatagram: (datagram, from) => examination.handleDatagram(datagram, from, now()),
    onSendError: (to, code) => noteComplaint(examination, to, code),
  });
  const examination = new Examination(config, tools, (to, datagram) => sockets.send(to, datagram), began);
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  try {
    const visits = examination.cases.map((peer) => visit(examination, peer, { probe: options.probe, signal }));
    await untilSettled(examination, began, options.seconds, signal);
    ended.abort();
    await Promise.all(visits);
    return reportOf(examination, sockets.port);
  } finally {
    ended.abort();
    sockets.close();
  }
}

async function untilSettled(
  examination: Examination,
  began: Moment,
  seconds: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && now().at - began.at < seconds * 1000) {
    if (examination.cases.length > 0 && examination.cases.every(({ isSettled }) => isSettled)) return;
    const deadline = examination.tunnel.nextDeadline();
    if (deadline !== undefined && deadline <= now().at) examination.handleTimeout(now());
    await pause(TICK_MS, signal);
  }
}

/** What is done about one peer, step by step. */
async function visit(examination: Examination, peer: PeerCase, options: Visit): Promise<void> {
  const { signal } = options;
  await introduce(examination, peer, signal);
  const complaint = askNetwork(peer, signal);
  let pingAt = 0;
  while (!signal.aborted && !peer.isSettled) {
    if (isWaitedFor(examination, peer)) examination.callBack(peer, now());
    if (peer.handshakeAfter !== undefined && now().at >= pingAt) {
      examination.ping(peer);
      pingAt = now().at + PING_EVERY_MS;
    }
    if (options.probe) await probeIfQuiet(examination, peer, signal);
    await pause(TICK_MS, signal);
  }
  await complaint;
}

/** It called us and does not go on, so we call it. */
function isWaitedFor(examination: Examination, peer: PeerCase): boolean {
  const { answeredAfter, handshakeAfter } = peer;
  if (answeredAfter === undefined || handshakeAfter !== undefined) return false;
  return examination.secondsSince(now()) - answeredAfter >= 1;
}

async function probeIfQuiet(examination: Examination, peer: PeerCase, signal: AbortSignal): Promise<void> {
  const { handshakeAfter, endpoint, probed } = peer;
  const silence = examination.secondsSince(now()) - (handshakeAfter ?? 0);
  const stage = handshakeAfter === undefined ? 'initiation' : 'transport';
  if (endpoint === undefined || silence < PATIENCE_SECONDS || probed.has(stage)) return;
  probed.add(stage);
  if (stage === 'initiation') await probeInitiation(examination, peer, now, signal);
  else await probeTransport(examination, peer, signal);
}

/** Looks its address up and calls it. */
async function introduce(examination: Examination, peer: PeerCase, signal: AbortSignal): Promise<void> {
  const { endpoint: name } = peer.entry;
  if (name === undefined) return;
  try {
    const endpoint = await resolveEndpoint(name, '', { retries: 1, signal });
    examination.tunnel.setEndpoint(peer.id, endpoint);
    examination.settle(now());
    examination.call(peer, now());
  } catch (error) {
    if (!(error instanceof ConfigError)) return;
    peer.unresolved = `Endpoint: the host name "${name.host}" has no address here`;
  }
}

/** Only where the peer says nothing: a healthy tunnel sends no noise. */
async function askNetwork(peer: PeerCase, signal: AbortSignal): Promise<void> {
  await pause(PATIENCE_SECONDS * 1000, signal);
  if (signal.aborted || peer.endpoint === undefined || peer.state !== 'no-answer') return;
  const noise = new SystemRandom().fill(new Uint8Array(NOISE_BYTES));
  peer.complaint ??= await networkComplaint(peer.endpoint, noise, COMPLAINT_MS);
}

function noteComplaint(examination: Examination, to: Endpoint, code: string): void {
  for (const peer of examination.cases) {
    if (peer.endpoint !== undefined && sameEndpoint(peer.endpoint, to)) peer.complaint ??= code;
  }
}

function reportOf(examination: Examination, listenPort: number): DoctorReport {
  const peers = examination.cases.map((peer) => peer.report());
  const others = examination.otherSources();
  const differs = [...peers, ...others].some(({ findings }) => findings.length > 0);
  const works = peers.some(({ state }) => state === 'works');
  const fails = peers.some(({ state }) => state !== 'works' && state !== 'not-heard');
  return {
    publicKey: Buffer.from(examination.keypair.publicKey).toString('base64'),
    listenPort,
    seconds: examination.secondsSince(now()),
    healthy: works && !fails && !differs,
    peers,
    others,
    skipped: examination.skipped,
  };
}

function now(): Moment {
  return { at: performance.now() as Instant, wall: Date.now() as WallTime };
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}
