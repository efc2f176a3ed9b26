/**
 * What a tunnel in the foreground tells its user: one line an event on standard error, or JSON for
 * collectors; with priorities where that is the journal. Secrets never come here; peers are named by the
 * beginning of their public key.
 */
import type { Logger } from 'pino';
import { pino } from 'pino';
import { withPriority, writesToJournal } from './journal.ts';

export type { Logger };

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Where lines go. */
export interface LogTarget {
  /** Takes whole lines; synchronous, so that the last words of a process are not lost. */
  readonly stderr: (text: string) => void;
  /** Tells whether that is the journal. */
  readonly environment: NodeJS.ProcessEnv;
}

export function createLog(level: LogLevel, format: LogFormat, { stderr, environment }: LogTarget): Logger {
  const isJournal = writesToJournal(environment);
  const destination = {
    write: (line: string) => stderr(isJournal ? journalLine(line, format) : plainLine(line, format)),
  };
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters }, destination);
}

interface LogEntry {
  readonly time: string;
  readonly level: LogLevel;
  readonly msg: string;
}

/** `2026-01-31T12:00:00.000Z info  text` */
function plainLine(line: string, format: LogFormat): string {
  if (format === 'json') return line;
  const { time, level, msg } = JSON.parse(line) as LogEntry;
  return `${time} ${level.padEnd(5)} ${msg}\n`;
}

/** `<6>text` */
function journalLine(line: string, format: LogFormat): string {
  const { level, msg } = JSON.parse(line) as LogEntry;
  return withPriority(level, format === 'json' ? line : `${msg}\n`);
}

/** `peer AbCdEfGh`: enough of the key to tell peers apart. */
export function peerName(publicKey: Uint8Array | undefined): string {
  return publicKey === undefined ? 'peer ?' : `peer ${Buffer.from(publicKey).toString('base64').slice(0, 8)}`;
}
