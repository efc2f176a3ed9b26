/**
 * Inputs and outputs of one handshake, its transport messages and one cookie, computed from the
 * specification with independent primitives. No H value is a default, so a type that leaks into the
 * transcript shows.
 */
import { fromHex } from '../../src/protocol/bytes.ts';

export const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text);
  if (bytes === undefined) throw new Error(`not hex: ${text}`);
  return bytes;
};

/** `first`, `first + 1`, ... */
const ascending = (first: number, length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => first + i);

export const INPUT = {
  initiatorStatic: hex('0002030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f60'),
  responderStatic: hex('4042434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f60'),
  initiatorEphemeral: hex('8082838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f60'),
  responderEphemeral: hex('c0c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf60'),
  presharedKey: ascending(0xe0, 32),
  timestamp: hex('400000006553f10a0e000000'),
  types: { initiation: 0x11223344, response: 0x55667788, cookieReply: 0x0a0b0c0d, transport: 0x99aabbcc },
  initiatorIndex: 0x01020304,
  responderIndex: 0xa1b2c3d4,
  cookieSecret: ascending(0x20, 32),
  cookieNonce: ascending(0x60, 24),
  cookieSource: { address: Uint8Array.of(192, 168, 13, 37), port: 0x1234, scopeId: 0 },
  headerProtectionKey: ascending(0, 32),
  /** S1 = 15. */
  initiationPrefix: ascending(0x30, 15),
  /** S4 = 12. */
  transportPrefix: ascending(0x50, 12),
  /** The inner bytes of the transport message with counter 1. */
  packet: ascending(0x45, 20),
} as const;

export const OUTPUT = {
  initialChainingKey: '60e26daef327efc02ec335e2a025d2d016eb4206f87277f52d38d1988b78cd36',
  initialHash: '2211b361081ac566691243db458ad5322d9c6c662293e8b70ee19c65ba079ef3',
  initiation:
    '4433221104030201883186b800b41d5cf0429695da9b3cc4f328ebcd184a6e482fa578c103f06c77fa6ff1a71203eaf305dc6260' +
    'f1911ba7d914db25d127ce39ef62f6c6467fb8a777377a28376c744882e58802dabbe0882d2440df1460a78f41929ae098ad0394' +
    '9301fba3d96082eaab083a92adb0a729155a2f49669feb2d2e273e8100000000000000000000000000000000',
  response:
    '88776655d4c3b2a1040302013a553d74792d727efa9b9a4cde3da1ad93f1a2d0c09cb639b1a3c0fda14cbe24f441a418b1308521' +
    '4016d078f07a86c3812120c4bbfd1cb419774a79e21a53a600000000000000000000000000000000',
  initiatorSendKey: 'af089bc049cf782a437c0a39ad1f2da961e5edb698c98b7a60ca9e03ed38782f',
  initiatorReceiveKey: '66683a1403805d00d31abf0fe0a9871d13fecfe74fc1c201b1260cc2474dec90',
  /** Initiator to responder, counter 0. */
  keepalive: 'ccbbaa99d4c3b2a10000000000000000d4a73156cb5625ce051aee97fdb7263a',
  /** Initiator to responder, counter 1, `INPUT.packet` zero padded to 32 bytes. */
  transport:
    'ccbbaa99d4c3b2a101000000000000000c1b4f9c0c39ec06993d062a09b05f7aef7a9021a9701d924a10983c8bd49a8e3699c634' +
    '305ac1f2c80bc013c3308932',
  cookie: 'cd111cf28fca0ab0a18228bacca43982',
  /** To the initiation above. */
  cookieReply:
    '0d0c0b0a04030201606162636465666768696a6b6c6d6e6f70717273747576772c4d1a2ce2b7283c44906bff76bfbfd72dee4f63' +
    'ef3244eab49af50a3541fb9a',
  /** Of the same initiation once the cookie is known. */
  mac2: '2b8b34937576a9e343a8caff68f70f69',
  /** Selected by `INPUT.initiationPrefix`, the first 16 bytes. */
  keyStream: '5faef8a982b0832eb883adce673b9768',
  /** The initiation above with that prefix, under header protection. */
  initiationDatagram:
    '303132333435363738393a3b3c3d3e1b9ddab886b3812f30b22b76678f8a346932d68167ab1f68c5f27428ce323099457487cf2a' +
    '212809e76955440d3b1337eb31ebe1c9d89171c65bc5bfba5fe6f0b996bc8c829e6f421f25c32442f45c4a49265817173af1a1b1' +
    '21a4dd54afb368df68c350f11638197ed593b8e0d2f4f85a82d3b784fa57a74e5b3e11914ad1f5816164b8618c84f869c1e2596b' +
    'ae8b8ba130e95d',
  /** The keepalive above behind `INPUT.transportPrefix`, its header protected by the same key. */
  keepaliveDatagram: '505152535455565758595a5bb9a5a2c39f70b4f43bdfc22c1f009513d4a73156cb5625ce051aee97fdb7263a',
} as const;
