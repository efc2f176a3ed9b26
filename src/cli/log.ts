/**
 * What a tunnel in the foreground tells its user: one line an event on standard error. On a terminal and in
 * the journal lines are for people, in a pipe or a file they are JSON for collectors; with priorities where
 * that is the journal. Secrets never come here, addresses only when asked for (`Redaction`); floods are cut
 * (`LineLimit`), and a log that cannot be written stops nothing (`LogSink`). Peers are named by the beginning
 * of their public key.
 */
import type { Logger } from 'pino';
import { pino } from 'pino';
import { LineLimit } from '../control/log/line-limit.ts';
import { LogSink } from '../control/log/log-sink.ts';
import { Redaction } from '../control/log/redaction.ts';
import { withPriority, writesToJournal } from './journal.ts';
import { writerTo } from './log-descriptor.ts';

export type { Logger };

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['auto', 'text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Where lines go. */
export interface LogTarget {
  /** Takes whole lines; used where there is no descriptor. */
  readonly stderr: (text: string) => void;
  /** What `stderr` writes to. */
  readonly stderrDescriptor?: number;
  /** Whether somebody looks at it. */
  readonly stderrIsTerminal?: boolean;
  /** Tells whether that is the journal. */
  readonly environment: NodeJS.ProcessEnv;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** `auto` (default): text for a terminal and the journal, else JSON. */
  readonly format?: LogFormat;
  /** Default: nothing but addresses is known to be hidden. */
  readonly redaction?: Redaction;
}

export interface Log extends Logger {
  /** What it cannot write now is lost. */
  close(): void;
}

export function createLog({ level, format = 'auto', redaction }: LogOptions, target: LogTarget): Log {
  const toLine = lineFormat(format, target);
  const sink = new LogSink(writeSomeTo(target), {
    lossNotice: (lost, reason) =>
      toLine(entry(`${counted(lost, 'line')} of this log could not be written (${reason})`)),
  });
  const lines = new EntryFilter(redaction ?? new Redaction({ showEndpoints: false }));
  const destination = {
    write: (line: string): void => {
      for (const each of lines.pass(JSON.parse(line) as LogEntry)) sink.write(toLine(each));
    },
  };
  const formatters = { level: (label: string) => ({ level: label }) };
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters }, destination);
  return Object.assign(logger, { close: () => sink.close() });
}

interface LogEntry {
  readonly time: string;
  readonly level: LogLevel;
  readonly msg: string;
}

/** What gets into the log, and how much of it. */
class EntryFilter {
  readonly #redaction: Redaction;
  readonly #limit = new LineLimit();

  constructor(redaction: Redaction) {
    this.#redaction = redaction;
  }

  pass(given: LogEntry): LogEntry[] {
    const msg = this.#redaction.line(given.msg);
    const skipped = this.#limit.admit(msg);
    if (skipped === undefined) return [];
    const kept = { ...given, msg };
    return skipped === 0 ? [kept] : [{ ...kept, msg: `${counted(skipped, 'line')} like the next left out` }, kept];
  }
}

function entry(msg: string): LogEntry {
  return { level: 'warn', time: new Date().toISOString(), msg };
}

function writeSomeTo({ stderr, stderrDescriptor }: LogTarget): (bytes: Uint8Array) => number {
  if (stderrDescriptor !== undefined) return writerTo(stderrDescriptor);
  return (bytes) => {
    stderr(Buffer.from(bytes).toString());
    return bytes.length;
  };
}

function lineFormat(format: LogFormat, target: LogTarget): (entry: LogEntry) => string {
  const isJournal = writesToJournal(target.environment);
  const isJson = format === 'json' || (format === 'auto' && !isJournal && target.stderrIsTerminal !== true);
  if (isJournal) return (each) => withPriority(each.level, isJson ? jsonLine(each) : `${each.msg}\n`);
  return isJson ? jsonLine : plainLine;
}

/** `{"level":"info","time":"2026-01-31T12:00:00.000Z","msg":"text"}` */
function jsonLine(each: LogEntry): string {
  return `${JSON.stringify(each)}\n`;
}

/** `2026-01-31T12:00:00.000Z info  text` */
function plainLine({ time, level, msg }: LogEntry): string {
  return `${time} ${level.padEnd(5)} ${msg}\n`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `peer AbCdEfGh`: enough of the key to tell peers apart. */
export function peerName(publicKey: Uint8Array | undefined): string {
  return publicKey === undefined ? 'peer ?' : `peer ${Buffer.from(publicKey).toString('base64').slice(0, 8)}`;
}
