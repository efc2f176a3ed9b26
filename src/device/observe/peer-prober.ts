/**
 * Asks peers inside the tunnel whether anything comes back: one echo request each, with the session there
 * is. The answer is heard where packets come off our interface; where that is not permitted, data that comes
 * in after the question stands for it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EchoMark } from '../../platform/linux/icmp-echo.ts';
import { REJECT_AFTER_TIME_MS } from '../../protocol/constants.ts';
import type { PeerId } from '../../protocol/engine-port.ts';
import type { PeerSnapshot } from '../../protocol/tunnel-options.ts';
import { buildProbe } from '../carriers/probe-packet.ts';
import type { ProbeTarget } from '../carriers/probe-target.ts';
import { chooseProbeTarget } from '../carriers/probe-target.ts';
import type { DeviceParts } from '../device-parts.ts';
import { familyOf } from '../routing-plan.ts';

export type ProbeResult =
  /** `milliseconds` is undefined where only traffic told: then something came back, perhaps not the answer. */
  | { readonly outcome: 'answered'; readonly asked: Uint8Array; readonly milliseconds: number | undefined }
  | { readonly outcome: 'silent'; readonly asked: Uint8Array }
  /** No keys to ask with; a question alone makes no handshake. */
  | { readonly outcome: 'no-session' }
  /** No address of ours and of the peer's allowed IPs are of one family, or there are none. */
  | { readonly outcome: 'nobody-to-ask' }
  /** Others were asked. */
  | { readonly outcome: 'not-asked' };

/** Two round trips to the other side of the earth. */
const PATIENCE_MS = 1000;
/** BOUNDS what one look at a large server costs its clients. */
const MAX_ASKED = 256;
/** The choice between carriers asks with the lower half of the identifiers. */
const IDENTIFIERS = 0x8000;

interface Question {
  readonly peer: PeerId;
  readonly target: ProbeTarget;
  readonly mark: EchoMark;
  readonly sentAt: number;
  /** Instant of data received last, when we asked. */
  readonly heardBefore: number;
  roundTrip: number | undefined;
}

export class PeerProber {
  readonly #parts: DeviceParts;
  #sequence = 0;
  #running: Promise<Map<PeerId, ProbeResult>> | undefined;

  constructor(parts: DeviceParts) {
    this.#parts = parts;
  }

  /** Whoever asks while others wait gets the same answers. */
  probe(): Promise<Map<PeerId, ProbeResult>> {
    this.#running ??= this.#probe().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #probe(): Promise<Map<PeerId, ProbeResult>> {
    const results = new Map<PeerId, ProbeResult>();
    /** BOUNDED by MAX_ASKED. */
    const questions: Question[] = [];
    const listening = this.#listen(questions);
    try {
      for (const peer of this.#parts.tunnel.snapshot().peers) this.#ask(peer, questions, results);
      const deadline = performance.now() + PATIENCE_MS;
      while (questions.some((each) => !this.#isAnswered(each, listening.hears)) && performance.now() < deadline)
        await sleep(5);
    } finally {
      listening.close();
    }
    for (const question of questions) results.set(question.peer, this.#resultOf(question, listening.hears));
    return results;
  }

  #ask(peer: PeerSnapshot, questions: Question[], results: Map<PeerId, ProbeResult>): void {
    const { platform, driver, engine, network } = this.#parts;
    const target = chooseProbeTarget(network.plan.addresses, peer.allowedIps);
    const age = platform.clock().wall - peer.lastHandshake;
    if (age >= REJECT_AFTER_TIME_MS) results.set(peer.id, { outcome: 'no-session' });
    else if (target === undefined) results.set(peer.id, { outcome: 'nobody-to-ask' });
    else if (questions.length >= MAX_ASKED) results.set(peer.id, { outcome: 'not-asked' });
    else {
      this.#sequence = (this.#sequence + 1) & 0xffff;
      const mark = { identifier: IDENTIFIERS + (process.pid % IDENTIFIERS), sequence: this.#sequence };
      const heardBefore = engine.ledger.read(peer.id).dataReceivedLast;
      questions.push({ peer: peer.id, target, mark, sentAt: performance.now(), heardBefore, roundTrip: undefined });
      driver.run((core) => core.probe(peer.id, undefined, buildProbe(target, mark)));
    }
  }

  /** `hears` is false where answers cannot be told from other traffic. */
  #listen(questions: readonly Question[]): { readonly hears: boolean; close(): void } {
    const { platform, interfaceIndex, network } = this.#parts;
    const open: { close(): void }[] = [];
    const close = (): void => {
      for (const each of open) each.close();
    };
    try {
      const hearing = platform.hearEchoes(interfaceIndex);
      for (const family of new Set(network.plan.addresses.map(familyOf)))
        open.push(hearing(family, (mark) => this.#answered(questions, mark)));
      return { hears: true, close };
    } catch {
      return { hears: false, close };
    }
  }

  #answered(questions: readonly Question[], { identifier, sequence }: EchoMark): void {
    const question = questions.find(({ mark }) => mark.identifier === identifier && mark.sequence === sequence);
    if (question === undefined) return;
    question.roundTrip ??= performance.now() - question.sentAt;
    this.#parts.observer.histories.answered(question.peer, question.roundTrip);
  }

  #isAnswered({ peer, heardBefore, roundTrip }: Question, hears: boolean): boolean {
    if (hears) return roundTrip !== undefined;
    return this.#parts.engine.ledger.read(peer).dataReceivedLast > heardBefore;
  }

  #resultOf(question: Question, hears: boolean): ProbeResult {
    const asked = question.target.destination;
    if (!this.#isAnswered(question, hears)) return { outcome: 'silent', asked };
    return { outcome: 'answered', asked, milliseconds: question.roundTrip };
  }
}
