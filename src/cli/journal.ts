/**
 * The journal of systemd as the place where standard error goes (systemd.exec(5), JOURNAL_STREAM). It
 * keeps the time by itself, and takes a line's priority from a number in front of it (sd-daemon(3)).
 */
import { fstatSync } from 'node:fs';

/** Levels of our log, as syslog(3) numbers them. */
const PRIORITIES = { error: 3, warn: 4, info: 6, debug: 7 } as const;

const STDERR = 2;

/** Whether `descriptor` is the very stream that systemd connected to the journal, and nothing put in its place. */
export function writesToJournal({ JOURNAL_STREAM }: NodeJS.ProcessEnv, descriptor: number = STDERR): boolean {
  if (JOURNAL_STREAM === undefined || JOURNAL_STREAM === '') return false;
  const { dev, ino } = fstatSync(descriptor, { bigint: true });
  return JOURNAL_STREAM === `${dev}:${ino}`;
}

/** Each line of `text` with the priority in front: the journal makes an entry of every line. */
export function withPriority(level: keyof typeof PRIORITIES, text: string): string {
  return text.replace(/^(?=.)/gm, `<${PRIORITIES[level]}>`);
}
