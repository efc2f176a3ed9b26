/** The lines of the demo's report. */
import type { PingResult } from '../../platform/linux/ping.ts';
import { COOKIE_REPLY_BYTES, INITIATION_BYTES, RESPONSE_BYTES } from '../../protocol/constants.ts';
import type { ProfileKeys } from './demo-profile.ts';
import type { Transfer } from './traffic-process.ts';
import type { WireLog } from './wire-log.ts';

const LABEL_WIDTH = 26;
const TEXT_WIDTH = 56;
const MEGABYTE = 1e6;

export function labelled(label: string, text: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${text}`;
}

/** Keys as `Jc=4 Jmin=50 Jmax=300`, as many on a line as fit. */
export function describeProfile(profile: ProfileKeys): string[] {
  const lines: string[] = [];
  for (const [key, value] of Object.entries(profile)) {
    const longer = `${lines.at(-1) ?? ''} ${key}=${value}`;
    if (lines.length > 0 && longer.length <= TEXT_WIDTH) lines[lines.length - 1] = longer;
    else lines.push(`${key}=${value}`);
  }
  return lines.map((line, index) => labelled(index === 0 ? 'profile of this run' : '', line));
}

export function pingSummary(target: string, { sent, received, roundTrips }: PingResult): string {
  const times = received === 0 ? '' : `, median ${median(roundTrips).toFixed(2)} ms`;
  return labelled(`ping ${target}`, `${received} of ${sent} answered${times}`);
}

export function handshakeSummary(milliseconds: number | undefined): string {
  const text = milliseconds === undefined ? 'not seen' : `${milliseconds.toFixed(1)} ms from initiation to response`;
  return labelled('handshake', text);
}

export function transferSummary(title: string, { bytes, milliseconds }: Transfer): string {
  const megabits = milliseconds === 0 ? 0 : (bytes * 8) / milliseconds / 1000;
  const seconds = (milliseconds / 1000).toFixed(1);
  return labelled(title, `${speedText(megabits)} (${Math.round(bytes / MEGABYTE)} MB in ${seconds} s)`);
}

/** The table of what was seen, and what a rule against plain WireGuard makes of it. */
export function wireSummary(log: WireLog): string[] {
  const plain = `${INITIATION_BYTES}, ${RESPONSE_BYTES} and ${COOKIE_REPLY_BYTES} bytes`;
  return [
    ...log.lines(),
    `  The rule: first byte 1 to 4, then 00 00 00, and the sizes of WireGuard (${plain}; data in steps of 16).`,
    `  It matches ${log.matched} of the ${log.count} datagrams.`,
  ];
}

function speedText(megabits: number): string {
  return megabits >= 1000 ? `${(megabits / 1000).toFixed(2)} Gbit/s` : `${megabits.toFixed(0)} Mbit/s`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >>> 1] ?? Number.NaN;
}
