/** Configurations in several QR codes: pieces in any order, twice, of two series, cut short. */
import { CodecError } from '../../../src/control/codec/codec-error.ts';
import { isSeriesPiece, joinSeries, splitSeries } from '../../../src/control/links/qr-series.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise, typed } from '../engine/target.ts';
import { same, textOf } from './support.ts';

const LONG = Uint8Array.from({ length: 2000 }, (_, index) => index);

function piecesOf(input: Uint8Array): string[] {
  return textOf(input).split(/\s+/).filter(isSeriesPiece);
}

export const target: FuzzTarget = {
  seeds: [splitSeries(LONG, 'seed').join(' '), splitSeries(LONG.subarray(0, 10), 'seed').join('\n')],
  words: ['B8ABAAAAAAE', 'B8D_AAAAAAA', ' '],
  probe: (input) => {
    const pieces = piecesOf(input);
    const joined = typed(() => joinSeries(pieces, 'fuzz'), CodecError);
    promise(joined === undefined || joined.length <= input.length, 'more comes out than went in');
    const split = splitSeries(input, 'fuzz');
    promise(split.every(isSeriesPiece), 'a piece is not recognised');
    promise(same(joinSeries([...split].reverse(), 'fuzz'), input), 'a series does not give back what it was made of');
  },
};
