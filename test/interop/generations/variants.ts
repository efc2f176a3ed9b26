/** What the generations' own rows do not show: single parameters switched off, stretched, or at odds. */
import assert from 'node:assert/strict';
import type { Generation } from '../../../src/protocol/obfuscation/generation.ts';
import { Capture } from '../../support/capture.ts';
import type { Release } from '../../support/engines/amneziawg-releases.ts';
import { ping } from '../../support/ping.ts';
import type { Scope } from '../../support/scope.ts';
import { stream } from '../../support/stream.ts';
import { transfer } from '../../support/transfer.ts';
import type { TunnelPair } from '../../support/tunnel-pair.ts';
import { startPair, waitForHandshake } from '../../support/tunnel-pair.ts';
import type { ObfuscationKeys } from '../../support/tunnel-settings.ts';
import { handshakeUnderLoad } from './cookies.ts';
import { preludeOfHandshake, scheduleOfSpecialHandshake } from './preludes.ts';
import { HEADER_PROTECTION_KEY, PROFILES, TIME_KEYS } from './profiles.ts';
import type { Side } from './rows.ts';
import { engineOf, SIDES } from './rows.ts';
import type { Variant, VariantContext } from './variant.ts';
import { WireReader } from './wire-reader.ts';

const MEBIBYTE = 1024 * 1024;
const TRANSFER_BYTES = 16 * MEBIBYTE;

/** IPv6 inside, and nothing larger than it must be. */
const SMALL_MTU = 1280;

interface Setting {
  readonly name: string;
  readonly generation: Generation;
  readonly shared: ObfuscationKeys;
  /** Of both ends; what needs not match. */
  readonly each?: ObfuscationKeys;
  /** Default both. */
  readonly initiators?: readonly Side[];
  /** After the handshake; default: checksummed transfers both ways. */
  readonly check?: (context: VariantContext) => Promise<string>;
  readonly mustShakeHands?: false;
}

function releaseOf(generation: Generation): Release {
  const profile = PROFILES.find((candidate) => candidate.generation === generation);
  if (profile === undefined) throw new Error(`no profile for ${generation}`);
  return profile.release;
}

function variantsOf(setting: Setting): Variant[] {
  const { name, generation, initiators = SIDES } = setting;
  const release = releaseOf(generation);
  return initiators.map((initiator) => {
    const run = (scope: Scope): Promise<string> => runSetting(scope, setting, release, initiator);
    return { name, generation, release, initiator, run };
  });
}

async function runSetting(scope: Scope, setting: Setting, release: Release, initiator: Side): Promise<string> {
  const { shared, each = {}, check = transferBothWays } = setting;
  const keys = { ...shared, ...each };
  const pair = await startPair(scope, {
    outer: 4,
    mtu: SMALL_MTU,
    initiator: engineOf(initiator, release),
    responder: engineOf(initiator === 'awg-vpn' ? 'amneziawg-go' : 'awg-vpn', release),
    initiatorObfuscation: keys,
    responderObfuscation: keys,
  });
  await widenCable(pair);
  if (setting.mustShakeHands !== false) await waitForHandshake(pair.initiator, pair.responder);
  return check({ scope, pair, shared, initiator });
}

/** Prefixes of 1000 bytes do not fit into 1500, and fragments are not what is tested here. */
async function widenCable({ initiator, responder }: TunnelPair): Promise<void> {
  for (const { host } of [initiator, responder]) await host.namespace.ip('link', 'set', host.device, 'mtu', '9000');
}

async function transferBothWays({ scope, pair }: VariantContext): Promise<string> {
  const { initiator, responder } = pair;
  for (const [from, to, inner] of [
    [initiator, responder, 4],
    [responder, initiator, 6],
  ] as const) {
    const { sent, received } = await transfer(scope, from, to, { inner, bytes: TRANSFER_BYTES });
    assert.equal(received.sha256, sent.sha256);
  }
  return `${TRANSFER_BYTES / MEBIBYTE} MiB each way`;
}

const PINGS = 20;

/** Equal packets make datagrams of many sizes. */
async function paddedTransfer(context: VariantContext): Promise<string> {
  const { scope, pair, shared } = context;
  const { initiator, responder } = pair;
  const capture = await Capture.start(scope, responder.host);
  await ping(initiator.host.namespace, responder.inner[4], { count: PINGS, intervalSeconds: 0.02 });
  await capture.stop();
  const seen = new WireReader(shared, [initiator, responder]).read(capture.path, 4);
  const sizes = [initiator, responder].map((end) => {
    const sent = seen.filter(({ from, kind }) => from === end && kind === 'transport');
    return new Set(sent.map(({ payload }) => payload.length)).size;
  });
  for (const size of sizes) assert.ok(size >= PINGS / 3, `only ${size} sizes`);
  return `${await transferBothWays(context)}; ${PINGS} equal packets had ${sizes.join(' and ')} sizes`;
}

/** Our responder lets strangers' load pass and answers; upstream's insists on the cookie that it does not send. */
async function loadWithoutCookies(context: VariantContext): Promise<string> {
  const { scope, pair, shared, initiator } = context;
  const expectAnswer = initiator === 'amneziawg-go';
  const seen = await handshakeUnderLoad(scope, pair, shared, { outer: 4, expectCookies: false, expectAnswer });
  assert.equal(seen.cookieReplies, 0);
  if (!expectAnswer) {
    assert.ok(seen.initiations > 0);
    return `for comparison: amneziawg-go as the responder, under load, gave no cookie and ${seen.responses} responses to ${seen.initiations} initiations`;
  }
  assert.ok(seen.responses > 0);
  return 'under load: no cookie, and an answer';
}

/** Nothing may be lost of the first, and much will be of the second, for which nobody waits long. */
const MANY = { datagrams: 100_000, patienceMs: 5000 };
const SOME = { datagrams: 20_000, patienceMs: 50 };

/** Data that looks like a handshake message in one datagram out of three or so. */
async function ambiguousData({ scope, pair }: VariantContext): Promise<string> {
  const { initiator, responder } = pair;
  const ours = await stream(scope, responder, initiator, MANY);
  assert.deepEqual(ours, { sent: MANY.datagrams, received: MANY.datagrams });
  const theirs = await stream(scope, initiator, responder, SOME);
  const lost = theirs.sent - theirs.received;
  assert.ok(lost > 0, 'nothing was ambiguous, so this shows nothing');
  const share = ((100 * lost) / theirs.sent).toFixed(1);
  return `awg-vpn received ${ours.received} of ${ours.sent} datagrams; for comparison: amneziawg-go lost ${lost} of ${theirs.sent} (${share} %)`;
}

const QUARTERS: ObfuscationKeys = {
  H1: '0-1073741823',
  H2: '1073741824-2147483647',
  H3: '2147483648-3221225471',
  H4: '3221225472-4294967295',
};

/** Upstream reads a transport message as a handshake where the sizes are equal; padded to 16, these never are. */
const DISTINCT_SIZES: ObfuscationKeys = { S1: 13, S2: 17, S3: 19, S4: 16 };

const EXTREME_TYPES: ObfuscationKeys = { H1: 4_294_967_295, H2: 5, H3: 2_147_483_648, H4: 4_294_967_294 };

/** One in 4 datagrams each has the type of an initiation and a response by chance, one in 16 that of a cookie reply. */
const AMBIGUOUS: ObfuscationKeys = {
  S1: 40,
  S2: 60,
  S3: 80,
  S4: 20,
  H1: '268435456-1342177279',
  H2: '1342177280-2415919103',
  H3: '2415919104-2684354559',
  H4: '2684354560-2684354600',
  RandomTrailers: 'on',
};

const LONG_PREFIXES: ObfuscationKeys = { S1: 1000, S2: 1000, S3: 1000, S4: 1000 };
const PROTECTED: ObfuscationKeys = { HeaderProtectionKey: HEADER_PROTECTION_KEY };
const PLAIN_3: ObfuscationKeys = { S1: 12, S2: 12, S3: 12, S4: 12 };
const EQUAL_TRAILERS: ObfuscationKeys = { S1: 24, S2: 24, S3: 24, S4: 24, RandomTrailers: 'on' };

const GAPS: ObfuscationKeys = {
  Jc: 3,
  Jmin: 30,
  Jmax: 60,
  I1: '<b 0xaabb><r 10>',
  I3: '<rd 20>',
  I5: '<b 0xffee><rc 5>',
};

const SETTINGS: readonly Setting[] = [
  { name: 'types at the ends of 32 bits', generation: '1.0', shared: { S1: 15, S2: 18, ...EXTREME_TYPES } },
  { name: 'prefixes of 1000 bytes', generation: '1.0', shared: { S1: 1000, S2: 1000 } },
  { name: 'types at the ends of 32 bits', generation: '1.5', shared: { S1: 15, S2: 18, ...EXTREME_TYPES } },
  { name: 'prefixes of 1000 bytes', generation: '1.5', shared: LONG_PREFIXES },
  {
    name: 'J1-J3 and Itime = 7: I, J, I at repetitions',
    generation: '1.5',
    shared: {},
    each: {
      Jc: 2,
      Jmin: 50,
      Jmax: 60,
      I1: '<b 0xc0ffee01><t>',
      I2: '<b 0xc0ffee02><c>',
      J1: '<b 0xc0ffee03><c>',
      J2: '<b 0xc0ffee04><r 20>',
      J3: '<b 0xc0ffee05><t>',
      Itime: 7,
    },
    mustShakeHands: false,
    check: scheduleOfSpecialHandshake,
  },
  { name: 'types over all 32 bits', generation: '2.0', shared: { ...DISTINCT_SIZES, ...QUARTERS } },
  { name: 'prefixes of 1000 bytes', generation: '2.0', shared: LONG_PREFIXES },
  {
    name: 'I1, I3, I5 and junk on the cable',
    generation: '2.0',
    shared: PLAIN_3,
    each: GAPS,
    mustShakeHands: false,
    check: preludeOfHandshake,
  },
  { name: 'header protection and nothing else', generation: '3.0', shared: { ...PLAIN_3, ...PROTECTED } },
  {
    name: 'times and ContentPaddingAddition, header protection off',
    generation: '3.0',
    shared: { ...PLAIN_3, ...QUARTERS },
    each: { ...TIME_KEYS, ContentPaddingAddition: '0-64' },
  },
  {
    name: 'ContentPaddingAddition 100-300',
    generation: '3.0',
    shared: { ...PLAIN_3, ...PROTECTED },
    each: { ContentPaddingAddition: '100-300' },
    check: paddedTransfer,
  },
  { name: 'types over all 32 bits', generation: '3.0', shared: { ...DISTINCT_SIZES, ...QUARTERS, ...PROTECTED } },
  { name: 'prefixes of 1000 bytes', generation: '3.0', shared: { ...LONG_PREFIXES, ...PROTECTED } },
  { name: 'trailers, header protection off', generation: '3.1', shared: EQUAL_TRAILERS, check: paddedTransfer },
  {
    name: 'trailers, header protection on',
    generation: '3.1',
    shared: { ...EQUAL_TRAILERS, ...PROTECTED },
    check: paddedTransfer,
  },
  { name: 'prefixes of 1000 bytes, trailers', generation: '3.1', shared: { ...LONG_PREFIXES, RandomTrailers: 'on' } },
  {
    name: 'I1, I3, I5 and junk on the cable, trailers',
    generation: '3.1',
    shared: { ...EQUAL_TRAILERS, ...PROTECTED },
    each: GAPS,
    mustShakeHands: false,
    check: preludeOfHandshake,
  },
  {
    name: 'trailers with unequal prefixes',
    generation: '3.1',
    shared: AMBIGUOUS,
    initiators: ['awg-vpn'],
    check: ambiguousData,
  },
  {
    name: 'trailers with unequal prefixes, header protection',
    generation: '3.1',
    shared: { ...AMBIGUOUS, ...PROTECTED },
    initiators: ['awg-vpn'],
    check: ambiguousData,
  },
  { name: 'DisableCookies', generation: '3.1', shared: PLAIN_3, each: { DisableCookies: 'on' } },
  {
    name: 'DisableCookies, responder under load',
    generation: '3.1',
    shared: PLAIN_3,
    each: { DisableCookies: 'on' },
    mustShakeHands: false,
    check: loadWithoutCookies,
  },
];

export const VARIANTS: readonly Variant[] = SETTINGS.flatMap(variantsOf);
