/** The choice between carriers, told anything in any order: its actions make sense, its deadlines lie ahead, and it comes to rest. */

import type { Instant } from '../../../src/protocol/time.ts';
import { endpoint } from '../../../src/testing/addresses.ts';
import type { CarrierCandidate } from '../../../src/transport/selection/candidate.ts';
import { CarrierSelector } from '../../../src/transport/selection/carrier-selector.ts';
import type { PathTraffic, SelectorAction, SelectorInput } from '../../../src/transport/selection/selector-messages.ts';
import { ByteScript } from '../engine/byte-script.ts';
import type { FuzzTarget, Note } from '../engine/target.ts';
import { promise } from '../engine/target.ts';

const STREAM = {
  kind: 'tcp',
  address: Uint8Array.of(192, 0, 2, 1),
  port: 443,
} as unknown as CarrierCandidate['target'];
const CANDIDATES: readonly CarrierCandidate[] = [
  { name: 'udp', endpoint: endpoint('192.0.2.1', 1) },
  { name: 'tcp', endpoint: endpoint('192.0.2.1', 2), ...(STREAM && { target: STREAM }) },
  { name: 'tls', endpoint: endpoint('192.0.2.1', 3), ...(STREAM && { target: STREAM }) },
];

class SelectorScript {
  readonly #selector: CarrierSelector;
  readonly #script: ByteScript;
  readonly #note: Note;
  #now = 1_000;
  #bytes = 0;
  #sequence = 0;

  constructor(script: ByteScript, note: Note) {
    this.#script = script;
    this.#note = note;
    const isPersistent = script.byte() % 2 === 0;
    this.#selector = new CarrierSelector({ candidates: CANDIDATES, start: script.below(3), isPersistent });
    this.#takeActions();
  }

  step(): void {
    this.#now += this.#script.pick([0, 1, 20, 250, 1_000, 5_000, 60_000, 600_000]);
    const input = this.#input();
    this.#selector.handle(input, this.#now as Instant);
    this.#takeActions();
    const deadline = this.#selector.nextDeadline();
    // A look that is overdue stays so until it is taken.
    if (input.kind === 'traffic')
      promise(deadline === undefined || deadline > this.#now, `a deadline at ${deadline}, and it is ${this.#now}`);
    const { current, phase } = this.#selector;
    promise(current === undefined || CANDIDATES[current] !== undefined, `candidate ${current} is chosen`);
    promise(phase !== 'settled' || current !== undefined, 'settled on nothing');
    this.#note(['asleep', 'searching', 'settled'].indexOf(phase) * 4 + (current ?? 3));
  }

  /** Some of everything that its owner may tell. */
  #input(): SelectorInput {
    const candidate = this.#script.below(CANDIDATES.length);
    const stream = 1 + (candidate % 2);
    switch (this.#script.below(11)) {
      case 0:
        return { kind: 'stream-up', candidate: stream };
      case 1:
        return { kind: 'stream-down', candidate: stream, reason: 'reset' };
      case 2:
        return { kind: 'handshake-sent' };
      case 3:
        return { kind: 'handshake-completed', candidate };
      case 4:
        return { kind: 'keys-zeroed' };
      case 5:
        return { kind: 'heard', candidate, data: this.#script.byte() % 2 === 0 };
      case 6:
        return { kind: 'probe-answered', sequence: this.#sequence - this.#script.below(3) };
      case 7:
        return { kind: 'network-changed', remembered: candidate === 0 ? undefined : candidate };
      default:
        return { kind: 'traffic', record: this.#record() };
    }
  }

  #record(): PathTraffic {
    this.#bytes += this.#script.pick([0, 0, 100, 100_000]);
    const at = (): Instant => (this.#script.byte() % 3 === 0 ? 0 : this.#now - this.#script.byte() * 40) as Instant;
    return {
      dataSentUnanswered: at(),
      authenticatedSentLast: at(),
      authenticatedReceivedLast: at(),
      receivedBytes: this.#bytes,
      sentBytes: this.#bytes,
      receivedMessages: this.#bytes >> 8,
      expectedMessages: (this.#bytes >> 8) + this.#script.below(9),
      receivedHereLast: at(),
      dataReceivedHereLast: at(),
    };
  }

  #takeActions(): void {
    const actions = this.#selector.takeActions();
    promise(actions.length <= 32, `${actions.length} actions after one input`);
    for (const action of actions) this.#check(action);
    promise(this.#selector.takeActions().length === 0, 'actions are taken twice');
  }

  #check(action: SelectorAction): void {
    if (action.kind === 'decided') {
      promise(CANDIDATES[action.decision.to] !== undefined, `decided for ${action.decision.to}`);
      return;
    }
    promise(CANDIDATES[action.candidate] !== undefined, `${action.kind} of candidate ${action.candidate}`);
    if (action.kind === 'probe') this.#sequence = action.sequence;
    promise(action.kind !== 'open' || CANDIDATES[action.candidate]?.target !== undefined, 'opens what is no stream');
  }
}

export const target: FuzzTarget = {
  seeds: [
    Uint8Array.of(0, 0, 2, 0, 2, 2, 0, 3, 3, 0, 8, 1, 2, 3, 4, 5, 6, 4, 1, 0, 5, 1, 1, 1),
    Buffer.alloc(120, 0x2a),
    Uint8Array.from({ length: 200 }, (_, index) => index * 37),
  ],
  longest: 512,
  probe: (input, note) => {
    const script = new ByteScript(input);
    const selector = new SelectorScript(script, note);
    while (!script.isOver) selector.step();
  },
};
