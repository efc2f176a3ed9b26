/**
 * What a tunnel in the foreground tells its user: one line an event on standard error, or JSON for
 * collectors. Secrets never come here; peers are named by the beginning of their public key.
 */

import type { Logger } from 'pino';
import { pino } from 'pino';

export type { Logger };

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** @param write takes whole lines; synchronous, so that the last words of a process are not lost */
export function createLog(level: LogLevel, format: LogFormat, write: (text: string) => void): Logger {
  const destination = { write: (line: string) => write(format === 'json' ? line : readable(line)) };
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters }, destination);
}

/** `2026-01-31T12:00:00.000Z info  text` */
function readable(line: string): string {
  const { time, level, msg } = JSON.parse(line) as { time: string; level: string; msg: string };
  return `${time} ${level.padEnd(5)} ${msg}\n`;
}

/** `peer AbCdEfGh`: enough of the key to tell peers apart. */
export function peerName(publicKey: Uint8Array | undefined): string {
  return publicKey === undefined ? 'peer ?' : `peer ${Buffer.from(publicKey).toString('base64').slice(0, 8)}`;
}
