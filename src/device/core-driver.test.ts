import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineCommand, EngineEvent, PeerId } from '../protocol/engine-port.ts';
import type { Instant, Moment, WallTime } from '../protocol/time.ts';
import type { Core } from './core-driver.ts';
import { CoreDriver } from './core-driver.ts';

const PEER = 1 as PeerId;

/** A core that wants to be woken at `deadline` and answers each event with one command. */
class EchoCore implements Core {
  deadline: Instant | undefined;
  readonly timeouts: Instant[] = [];
  #commands: EngineCommand[] = [];

  handleEvent(event: EngineEvent): void {
    if (event.kind === 'session-wanted') this.#commands.push({ kind: 'drop-staged', peer: event.peer });
    else this.#commands.push({ kind: 'send-keepalive', peer: PEER });
  }

  handleTimeout(now: Moment): void {
    this.timeouts.push(now.at);
    if (this.deadline !== undefined && now.at >= this.deadline) this.deadline = undefined;
  }

  nextDeadline(): Instant | undefined {
    return this.deadline;
  }

  pollCommands(): readonly EngineCommand[] {
    const commands = this.#commands;
    this.#commands = [];
    return commands;
  }

  pollEvents(): readonly never[] {
    return [];
  }
}

function build(
  onExecute: (commands: readonly EngineCommand[], driver: () => CoreDriver<EchoCore>) => void = () => undefined,
) {
  const core = new EchoCore();
  let now = 0;
  const clock = (): Moment => ({ at: now as Instant, wall: 0 as WallTime });
  const executed: string[] = [];
  const engine = {
    execute: (commands: readonly EngineCommand[]) => {
      executed.push(...commands.map((command) => command.kind));
      onExecute(commands, () => driver);
    },
  };
  const driver: CoreDriver<EchoCore> = new CoreDriver(core, engine, clock, () => undefined);
  return { core, driver, executed, advance: (milliseconds: number) => (now += milliseconds) };
}

test('what follows from an event reaches the engine', () => {
  const { driver, executed } = build();
  driver.handleEvents([{ kind: 'session-wanted', peer: PEER }]);
  assert.deepEqual(executed, ['drop-staged']);
});

test('events raised inside execute are handled by the same loop', () => {
  let answered = false;
  const { driver, executed } = build((_commands, self) => {
    if (answered) return;
    answered = true;
    self().handleEvents([{ kind: 'traffic', peer: PEER }]);
  });
  driver.handleEvents([{ kind: 'session-wanted', peer: PEER }]);
  assert.deepEqual(executed, ['drop-staged', 'send-keepalive']);
});

test('wakes at the deadline, and at least every five seconds by a clock that went on during a suspend', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { core, driver, advance } = build();
  core.deadline = 12_000 as Instant;
  driver.run(() => undefined);
  advance(5000);
  context.mock.timers.tick(5000);
  assert.deepEqual(core.timeouts, [5000], 'a look on the way');
  advance(3_600_000);
  context.mock.timers.tick(5000);
  assert.deepEqual(core.timeouts, [5000, 3_605_000]);
  assert.equal(core.deadline, undefined);
  context.mock.timers.tick(60_000);
  assert.equal(core.timeouts.length, 2, 'nothing to wait for, no timer');
});

test('after stop neither timers nor events do anything', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { core, driver, executed } = build();
  core.deadline = 100 as Instant;
  driver.run(() => undefined);
  driver.stop();
  context.mock.timers.tick(1000);
  driver.handleEvents([{ kind: 'session-wanted', peer: PEER }]);
  assert.deepEqual([core.timeouts, executed], [[], []]);
});
