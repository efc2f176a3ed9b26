/** The AWG keys of a running tunnel as people write them, in the order of the configuration file. */
import { isNull } from '../protocol/obfuscation/null-profile.ts';
import type { MessageShape, Profile } from '../protocol/obfuscation/profile.ts';
import type { Range } from '../protocol/range.ts';
import { exactly, formatRange } from '../protocol/range.ts';
import { SECOND } from '../protocol/time.ts';
import type { TimingPolicy } from '../protocol/timers/timing.ts';

type Value = string | number;
type Entry = readonly [key: string, value: Value | undefined];

/** By lower-case key, only what differs from plain WireGuard. The header protection key is not shown. */
export function reportObfuscation(profile: Profile, timing: Partial<TimingPolicy>): Record<string, Value> {
  const { junk, signatures, special } = profile;
  const entries: Entry[] = [
    ['jc', unlessZero(junk.count)],
    ['jmin', unlessZero(junk.minimum)],
    ['jmax', unlessZero(junk.maximum)],
    ...reportShapes([profile.initiation, profile.response, profile.cookieReply, profile.transport]),
    ...[...signatures, ...(special?.packets ?? [])].map((packet): Entry => [packet.key.toLowerCase(), packet.text]),
    ['itime', special && unlessZero(special.interval / SECOND)],
    ['headerprotectionkey', profile.headerProtection && '(hidden)'],
    ['contentpaddingaddition', profile.contentPadding && formatRange(profile.contentPadding)],
    ...reportTiming(timing),
    ['randomtrailers', profile.randomTrailers ? 'on' : undefined],
    ['disablecookies', profile.disableCookies ? 'on' : undefined],
    ['generation', isNull(profile) ? undefined : profile.generation],
  ];
  return Object.fromEntries(entries.filter((entry): entry is [string, Value] => entry[1] !== undefined));
}

/** All four headers, or none where they are those of WireGuard. */
function reportShapes(shapes: readonly MessageShape[]): Entry[] {
  const isPlain = shapes.every(({ header }, index) => formatRange(header) === formatRange(exactly(index + 1)));
  return [
    ...shapes.map(({ prefix }, index): Entry => [`s${index + 1}`, unlessZero(prefix)]),
    ...shapes.map(({ header }, index): Entry => [`h${index + 1}`, isPlain ? undefined : formatRange(header)]),
  ];
}

function reportTiming(timing: Partial<TimingPolicy>): Entry[] {
  return [
    ['rekeyaftertime', inSeconds(timing.rekeyAfterTime)],
    ['rekeytimeout', inSeconds(timing.rekeyTimeout)],
    ['rejectaftertime', inSeconds(timing.rejectAfterTime)],
    ['keepalivetimeout', inSeconds(timing.keepaliveTimeout)],
    ['maxhandshakeattempts', timing.maxHandshakeAttempts && formatRange(timing.maxHandshakeAttempts)],
  ];
}

function inSeconds(range: Range | undefined): string | undefined {
  return range && formatRange({ low: range.low / SECOND, high: range.high / SECOND });
}

function unlessZero(value: number): number | undefined {
  return value === 0 ? undefined : value;
}
