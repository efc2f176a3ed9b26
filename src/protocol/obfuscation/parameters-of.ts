/** The way back from a profile and its timers to AWG parameters: `buildProfile` makes the same of them again. */
import { SECOND } from '../time.ts';
import type { TimingPolicy } from '../timers/timing.ts';
import type { AwgParameters } from './awg-parameters.ts';
import { generationOf } from './needed-generation.ts';
import type { Profile } from './profile.ts';
import type { SignaturePacket } from './signature.ts';

/** What is unset is left out, but for H1-H4. The generation is there only where the rest does not tell it. */
export function parametersOf(profile: Profile, timing: Partial<TimingPolicy>): AwgParameters {
  const { initiation, response, cookieReply, transport, junk, special } = profile;
  const parameters: AwgParameters = {
    ...withoutZeros({ jc: junk.count, jmin: junk.minimum, jmax: junk.maximum }),
    ...withoutZeros({ s1: initiation.prefix, s2: response.prefix, s3: cookieReply.prefix, s4: transport.prefix }),
    h1: initiation.header,
    h2: response.header,
    h3: cookieReply.header,
    h4: transport.header,
    ...textsOf([...profile.signatures, ...(special?.packets ?? [])]),
    ...withoutZeros({ itime: (special?.interval ?? 0) / SECOND }),
    ...(profile.headerProtection && { headerProtectionKey: Uint8Array.from(profile.headerProtection) }),
    ...(profile.contentPadding && { contentPaddingAddition: profile.contentPadding }),
    ...timingParameters(timing),
    ...(profile.randomTrailers && { randomTrailers: true }),
    ...(profile.disableCookies && { disableCookies: true }),
  };
  const { generation } = profile;
  return generationOf(parameters) === generation ? parameters : { ...parameters, generation };
}

function timingParameters(timing: Partial<TimingPolicy>): AwgParameters {
  const { maxHandshakeAttempts } = timing;
  return {
    ...inSeconds('rekeyAfterTime', timing),
    ...inSeconds('rekeyTimeout', timing),
    ...inSeconds('rejectAfterTime', timing),
    ...inSeconds('keepaliveTimeout', timing),
    ...(maxHandshakeAttempts && { maxHandshakeAttempts }),
  };
}

function inSeconds(key: keyof TimingPolicy, timing: Partial<TimingPolicy>): AwgParameters {
  const range = timing[key];
  return range === undefined ? {} : { [key]: { low: range.low / SECOND, high: range.high / SECOND } };
}

function textsOf(packets: readonly SignaturePacket[]): AwgParameters {
  return Object.fromEntries(packets.map(({ key, text }) => [key.toLowerCase(), text]));
}

function withoutZeros(values: Readonly<Record<string, number>>): AwgParameters {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== 0));
}
