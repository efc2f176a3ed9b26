import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Instant } from '../../protocol/time.ts';
import { Prober } from './prober.ts';
import type { PathTraffic, SelectorAction } from './selector-messages.ts';
import type { Silence } from './silence-watch.ts';
import { SilenceWatch } from './silence-watch.ts';

const BEGIN = 100_000;

/** A path that came into use at BEGIN; times are relative to that. */
class Path {
  readonly actions: SelectorAction[] = [];
  readonly prober = new Prober((action) => this.actions.push(action));
  readonly watch = new SilenceWatch(0, this.prober, (action) => this.actions.push(action), this.#at(0));
  #sent = 0;
  #received = 0;
  #dataReceived = 0;
  #messages = 0;

  /** @param knowsAnswers whether a probe has been answered before */
  constructor(knowsAnswers: boolean) {
    if (!knowsAnswers) return;
    this.prober.send(0, this.#at(-1_000));
    this.answer(-960);
    this.actions.length = 0;
  }

  get asked(): readonly string[] {
    return this.actions.map(({ kind }) => kind);
  }

  sends(time: number): void {
    if (this.#sent === 0) this.#sent = BEGIN + time;
  }

  receives(time: number, data = true, messages = 1): void {
    this.#sent = 0;
    this.#messages += messages;
    this.#received = BEGIN + time;
    if (data) this.#dataReceived = BEGIN + time;
  }

  /** To the last probe. */
  answer(time: number): void {
    const last = this.actions.findLast((action) => action.kind === 'probe');
    if (last?.kind === 'probe') this.prober.answered(last.sequence, this.#at(time));
  }

  isDoubtful(time: number): boolean {
    return this.watch.isDoubtful(this.#at(time));
  }

  isWorse(time: number): boolean {
    return this.watch.isWorseThanRival(this.#at(time));
  }

  look(time: number): Silence {
    return this.watch.look(
      {
        dataSentUnanswered: this.#sent as Instant,
        receivedHereLast: this.#received as Instant,
        dataReceivedHereLast: this.#dataReceived as Instant,
        receivedMessages: this.#messages,
      } as PathTraffic,
      this.#at(time),
    );
  }

  /** Looks every 50 ms; returns when it was found dead, or undefined. */
  deadBetween(from: number, to: number, each: (time: number) => void = () => undefined): number | undefined {
    for (let time = from; time <= to; time += 50) {
      each(time);
      if (this.look(time) === 'dead') return time;
    }
    return undefined;
  }

  #at(time: number): Instant {
    return (BEGIN + time) as Instant;
  }
}

for (const knowsAnswers of [true, false]) {
  describe(`answers to probes are ${knowsAnswers ? '' : 'not '}known`, () => {
    test('silence without sending is no silence', () => {
      const path = new Path(knowsAnswers);
      assert.equal(path.deadBetween(0, 60_000), undefined);
      path.receives(60_000);
      assert.equal(path.deadBetween(60_000, 120_000), undefined);
      assert.deepEqual(path.asked, []);
    });

    test('a moment of it makes a suspect, 1.2 s are death', () => {
      const path = new Path(knowsAnswers);
      const moment = knowsAnswers ? 250 : 500;
      path.sends(100);
      assert.equal(path.look(99 + moment), 'fine');
      assert.equal(path.look(100 + moment), 'suspect');
      assert.deepEqual(path.asked.slice(0, 1), ['probe']);
      assert.equal(path.deadBetween(650, 5_000), 1_300);
    });

    test('a suspect that is noticed late is heard all the same', () => {
      const path = new Path(knowsAnswers);
      path.sends(100);
      assert.equal(path.look(5_000), 'suspect');
      assert.equal(path.deadBetween(5_050, 9_000), 5_600);
    });

    test('what was sent before the path came into use does not count', () => {
      const path = new Path(knowsAnswers);
      path.sends(-20_000);
      assert.equal(path.look(10), 'fine');
      assert.equal(path.deadBetween(50, 5_000), 1_200);
    });

    test('an unanswered wish for a session is silence too, its answer ends it', () => {
      const path = new Path(knowsAnswers);
      path.watch.handshakeSent(BEGIN as Instant);
      path.watch.handshakeSent((BEGIN + 1_000) as Instant);
      assert.equal(path.deadBetween(0, 5_000), 1_200);
      const other = new Path(knowsAnswers);
      other.watch.handshakeSent(BEGIN as Instant);
      other.watch.handshakeCompleted((BEGIN + 80) as Instant);
      assert.equal(other.deadBetween(100, 5_000), undefined);
    });
  });
}

describe('where answers to probes are known', () => {
  test('one acquits', () => {
    const path = new Path(true);
    path.sends(0);
    assert.equal(path.look(500), 'suspect');
    path.answer(540);
    path.receives(540);
    assert.equal(path.look(550), 'fine');
    assert.ok(!path.watch.isSuspect);
  });

  test('what the peer sends by itself does not', () => {
    const path = new Path(true);
    path.sends(0);
    const dead = path.deadBetween(0, 10_000, (time) => {
      if (time === 600 || time === 1_400) path.receives(time);
      else path.sends(time);
    });
    assert.equal(dead, 1_450);
  });

  test('a handshake does, once: the session may have been lost, but handshakes are not data', () => {
    const path = new Path(true);
    path.sends(0);
    assert.equal(path.deadBetween(0, 900), undefined);
    assert.ok(path.asked.includes('initiate'));
    path.watch.handshakeCompleted((BEGIN + 950) as Instant);
    assert.equal(path.look(960), 'fine');
    const dead = path.deadBetween(1_000, 10_000, (time) => {
      if (time === 1_900) path.watch.handshakeCompleted((BEGIN + time) as Instant);
    });
    assert.equal(dead, 2_050);
  });

  test('an answer that came another way does not', () => {
    const path = new Path(true);
    path.sends(0);
    assert.equal(path.look(250), 'suspect');
    path.answer(290);
    assert.equal(path.look(300), 'suspect');
  });

  test('much that comes and suddenly nothing more is worth one question', () => {
    const path = new Path(true);
    assert.equal(path.look(0), 'fine');
    path.receives(900, true, 20);
    assert.equal(path.look(1_149), 'fine');
    assert.equal(path.look(1_150), 'suspect');
    path.answer(1_190);
    path.receives(1_190);
    assert.equal(path.deadBetween(1_200, 60_000), undefined);
    assert.deepEqual(path.asked, ['probe']);
  });

  test('a little that comes is not', () => {
    const path = new Path(true);
    assert.equal(path.look(0), 'fine');
    path.receives(900, true, 19);
    assert.equal(path.deadBetween(950, 60_000), undefined);
    assert.deepEqual(path.asked, []);
  });

  test('a download that is cut off is dead, though nothing was sent', () => {
    const path = new Path(true);
    assert.equal(path.look(0), 'fine');
    path.receives(900, true, 1_000);
    assert.equal(
      path.deadBetween(950, 10_000, (time) => (time >= 1_150 ? path.sends(1_150) : undefined)),
      2_350,
    );
  });

  test('after a while without an answer others may be asked, and after another preferred', () => {
    const path = new Path(true);
    path.sends(0);
    assert.equal(path.look(250), 'suspect');
    assert.deepEqual([path.isDoubtful(399), path.isDoubtful(400)], [false, true]);
    assert.deepEqual([path.isWorse(649), path.isWorse(650)], [false, true]);
  });

  test('a queue on the way is given the time that it takes', () => {
    const path = new Path(true);
    path.prober.send(0, (BEGIN - 500) as Instant);
    path.answer(0);
    path.sends(100);
    assert.equal(path.look(1_099), 'fine');
    assert.equal(path.look(1_100), 'suspect');
    assert.ok(!path.isWorse(2_599));
  });

  test('a path that has just come into use is spoken by more than once', () => {
    const path = new Path(true);
    path.watch.confirm(BEGIN as Instant);
    path.deadBetween(0, 2_000);
    assert.deepEqual(path.asked, ['probe', 'probe', 'probe']);
  });

  test('a slow path has four of its round trips', () => {
    const path = new Path(false);
    path.prober.send(0, (BEGIN - 5_000) as Instant);
    path.answer(-4_300);
    path.sends(0);
    assert.equal(path.deadBetween(0, 10_000), 2_800);
  });
});

describe('where they are not', () => {
  test('data after two probes in a row acquits', () => {
    const path = new Path(false);
    path.sends(0);
    const dead = path.deadBetween(0, 1_150, (time) => {
      if (time === 600 || time === 850) path.receives(time);
    });
    assert.equal(dead, undefined);
    assert.ok(!path.watch.isSuspect);
  });

  test('a handshake acquits for ten seconds, but not for ever without data', () => {
    const path = new Path(false);
    path.sends(0);
    const dead = path.deadBetween(0, 60_000, (time) => {
      const asked = path.actions.findLastIndex(({ kind }) => kind === 'initiate');
      if (asked >= 0) path.watch.handshakeCompleted((BEGIN + time) as Instant);
      path.actions.length = 0;
    });
    assert.ok(dead !== undefined && dead > 13_000 && dead < 25_000, `${dead}`);
  });

  test('a trickle does not', () => {
    const path = new Path(false);
    path.sends(0);
    const dead = path.deadBetween(0, 10_000, (time) => {
      if (time % 1_000 === 900) path.receives(time);
      else path.sends(time);
    });
    assert.equal(dead, 3_000);
  });
});
