import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '../../testing/seeded-random.ts';
import { toHex } from '../bytes.ts';
import type { WallTime } from '../time.ts';
import { ObfuscationError } from './obfuscation-error.ts';
import { parseSignature } from './signature.ts';
import { TAGS } from './tags/table.ts';

const WALL = 1_700_000_000_999 as WallTime;

function build(text: string, counter = 0): Uint8Array {
  const packet = parseSignature(text);
  assert.ok(packet, text);
  const datagram = packet.build(new SeededRandom(1), WALL, counter);
  assert.equal(datagram.length, packet.bytes);
  return datagram;
}

function hex(text: string, counter = 0): string {
  return toHex(build(text, counter));
}

function ascii(text: string): string {
  return String.fromCharCode(...build(text));
}

describe('signature tags', () => {
  it('<b> gives the literal bytes', () => {
    assert.equal(hex('<b 0xc0ffee>'), 'c0ffee');
    assert.equal(hex('<b C0FFEE00>'), 'c0ffee00');
  });

  it('<t> gives the time in seconds, 4 bytes big endian', () => {
    assert.equal(hex('<t>'), '6553f100');
    assert.equal(hex('<t anything>'), '6553f100');
    const late = parseSignature('<t>')?.build(new SeededRandom(1), 4_294_967_295_000 as WallTime, 0);
    assert.deepEqual(late, Uint8Array.of(255, 255, 255, 255));
  });

  it('<r> gives random bytes, new ones for each packet', () => {
    const packet = parseSignature('<r 32>');
    const random = new SeededRandom(1);
    const [first, second] = [packet?.build(random, WALL, 0), packet?.build(random, WALL, 0)];
    assert.equal(first?.length, 32);
    assert.notDeepEqual(first, second);
  });

  it('<rc> gives letters of either case and <rd> digits', () => {
    assert.match(ascii('<rc 2000>'), /^[a-zA-Z]{2000}$/);
    assert.equal(new Set(ascii('<rc 2000>')).size, 52);
    assert.match(ascii('<rd 500>'), /^\d{500}$/);
    assert.equal(new Set(ascii('<rd 500>')).size, 10);
  });

  it('<c> gives the counter, 4 bytes big endian', () => {
    assert.equal(hex('<c>', 0x01020304), '01020304');
    assert.equal(hex('<c><b 00><c>', 0xffff_ffff), 'ffffffff00ffffffff');
  });

  it('<d>, <ds> and <dz> see an empty payload', () => {
    assert.equal(hex('<b 01><d><ds><dz 3><b 02>'), '0100000002');
  });

  it('<wt> is read, gives nothing and says so', () => {
    assert.equal(hex('<b 01><wt 5000>'), '01');
    assert.match(parseSignature('<b 01><wt 5><wt 6>')?.advice.join('|') ?? '', /^<wt> has no effect[^|]*$/);
  });
});

describe('signature tags of generation 1.5', () => {
  const early = (text: string, counter = 0): Uint8Array | undefined =>
    parseSignature(text, 'I1', TAGS['1.5'])?.build(new SeededRandom(1), WALL, counter);
  const earlyHex = (text: string, counter = 0): string => toHex(early(text, counter) ?? new Uint8Array(0));

  it('<t> and <c> have 8 bytes, big endian', () => {
    assert.equal(earlyHex('<t>'), '000000006553f100');
    assert.equal(earlyHex('<c>', 0x01_0203_0405_0607), '0001020304050607');
  });

  it('<rc> has digits among the letters', () => {
    const text = String.fromCharCode(...(early('<rc 3000>') ?? []));
    assert.match(text, /^[a-zA-Z0-9]{3000}$/);
    assert.equal(new Set(text).size, 62);
  });

  it('<b> takes 0X and an odd number of digits', () => {
    assert.equal(earlyHex('<b 0Xabc><b 0x1><b 02>'), '0abc0102');
    assert.throws(() => early('<b 0x>'), { code: 'bad-signature' });
  });

  it('are the present ones in every other generation', () => {
    for (const generation of ['1.0', '2.0', '3.0', '3.1'] as const) {
      const packet = parseSignature('<t><c>', 'I1', TAGS[generation]);
      assert.equal(toHex(packet?.build(new SeededRandom(1), WALL, 7) ?? new Uint8Array(0)), '6553f10000000007');
    }
  });
});

describe('signature text', () => {
  it('is a concatenation of tags, and is kept as it was written', () => {
    const text = '<b 0xc0ffee><r 20><t>';
    assert.equal(parseSignature(text)?.text, text);
    assert.match(hex(text), /^c0ffee[0-9a-f]{40}6553f100$/);
  });

  it('may hold any white space inside a tag, and further words that count for nothing', () => {
    assert.equal(hex('<  b \t 0x0102 ignored ><b 03>'), '010203');
  });

  it('is unset without a tag', () => {
    for (const text of ['', '   ', 'text', '>']) assert.equal(parseSignature(text), undefined);
  });

  it('warns of text between tags, and of a datagram without bytes', () => {
    assert.equal(hex('a<b 01> b <b 02>'), '0102');
    assert.match(parseSignature('a<b 01>')?.advice.join() ?? '', /^"a" stands outside/);
    assert.deepEqual(parseSignature('<b 01> <b 02>')?.advice, []);
    assert.match(parseSignature('<r 0>')?.advice.join() ?? '', /empty datagram/);
  });

  const refused: readonly (readonly [text: string, complaint: RegExp])[] = [
    ['<b>', /"<b>" needs an even number/],
    ['<b 0x>', /"<b 0x>" needs/],
    ['<b 0x123>', /"<b 0x123>" needs/],
    ['<b 0xzz>', /"<b 0xzz>" needs/],
    ['<b 0X12>', /"<b 0X12>" needs/],
    ['<r>', /"<r>" needs a number of bytes/],
    ['<r -1>', /"<r -1>" needs/],
    ['<r 1.5>', /"<r 1.5>" needs/],
    ['<r 99999999999999999999>', /needs a number of bytes from 0 to 65507/],
    ['<rc 0x10>', /"<rc 0x10>" needs/],
    ['<rd x>', /"<rd x>" needs/],
    ['<dz -3>', /"<dz -3>" needs/],
    ['<wt 5001>', /"<wt 5001>" needs a number of milliseconds/],
    ['<>', /"<>" is empty/],
    ['<B 00>', /"<B 00>" is no known tag; there are b, t, r, /],
    ['<constructor>', /is no known tag/],
    ['<b 00', /"<b 00" has no closing ">"/],
    ['<b 00><', /"<" has no closing ">"/],
    ['<x><b 00><r -1>', /"<x>" is no known tag.*; "<r -1>" needs/],
  ];
  for (const [text, complaint] of refused) {
    it(`is refused: ${text}`, () => {
      const expected = { name: 'ObfuscationError', code: 'bad-signature', key: 'I3', text, complaint };
      assert.throws(() => parseSignature(text, 'I3'), expected);
    });
  }

  it('is refused when no datagram can hold it', () => {
    assert.equal(build('<r 65507>').length, 65507);
    assert.throws(() => parseSignature('<r 65507><b 00>'), { code: 'too-large' });
    assert.throws(() => parseSignature('<r 65507>'.repeat(1000)), { code: 'too-large' });
  });

  it('never leads to anything but a packet, unset, or a typed error', () => {
    const pieces = fc.constantFrom('<', '>', ' ', 'b', 'r', 'rc', 'dz', 't', 'c', '0x', '00', '7', '-1', '\n', 'é');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
        try {
          parseSignature(parts.join(''))?.build(new SeededRandom(1), WALL, 0);
        } catch (error) {
          assert.ok(error instanceof ObfuscationError, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
