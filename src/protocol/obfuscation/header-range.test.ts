import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatRange } from '../range.ts';
import { parseHeaderRange } from './header-range.ts';

const FULL = { low: 0, high: 0xffff_ffff };

const ranges = fc
  .tuple(fc.nat(0xffff_ffff), fc.nat(0xffff_ffff))
  .map(([a, b]) => ({ low: Math.min(a, b), high: Math.max(a, b) }));

describe('header range text', () => {
  it('reads single values and ranges of all 32 bits', () => {
    assert.deepEqual(parseHeaderRange('0'), { low: 0, high: 0 });
    assert.deepEqual(parseHeaderRange('4294967295'), { low: 0xffff_ffff, high: 0xffff_ffff });
    assert.deepEqual(parseHeaderRange('0-4294967295'), FULL);
    assert.deepEqual(parseHeaderRange('123456-123500'), { low: 123456, high: 123500 });
  });

  it('refuses everything else and quotes it', () => {
    const texts = [
      '',
      '-',
      '1-',
      '-1',
      '1-2-3',
      '1 - 2',
      '0x10',
      '1.5',
      'off',
      '4294967296',
      '1-4294967296',
      '10-9',
      '1e3',
    ];
    for (const text of texts) {
      assert.throws(() => parseHeaderRange(text, 'H2'), {
        name: 'ObfuscationError',
        code: 'bad-header-range',
        key: 'H2',
        text,
        message: new RegExp(`^H2 = ${JSON.stringify(text)}: `),
      });
    }
  });

  it('survives a round trip', () => {
    fc.assert(fc.property(ranges, (range) => assert.deepEqual(parseHeaderRange(formatRange(range)), range)));
  });
});
