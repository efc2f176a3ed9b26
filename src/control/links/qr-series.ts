/**
 * A configuration in several QR codes (share link facts 2.1, 2.3): the compressed JSON in pieces, each
 * with a small header, as base64url text.
 *
 *     offset  0        2        3        4           8
 *             magic    pieces   index    length      piece
 *             07 C0    1 byte   1 byte   big-endian
 */
import { CodecError } from '../codec/codec-error.ts';
import { fromBase64Url, toBase64Url } from './link-text.ts';

const MAGIC = 1984;
const HEADER_BYTES = 8;

/** So that each QR code stays one that a phone reads from a screen. */
const PIECE_BYTES = 850;

/** One byte counts them. */
const MAX_PIECES = 255;

/**
 * The texts of the QR codes, in order.
 *
 * @param packed as in a link, compressed
 * @throws CodecError 'qr-too-long'
 */
export function splitSeries(packed: Uint8Array, source: string): string[] {
  const count = Math.max(1, Math.ceil(packed.length / PIECE_BYTES));
  if (count > MAX_PIECES)
    throw new CodecError('qr-too-long', source, `would need ${count} QR codes; a series has at most ${MAX_PIECES}`);
  return Array.from({ length: count }, (_, index) => {
    const piece = packed.subarray(index * PIECE_BYTES, (index + 1) * PIECE_BYTES);
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt16BE(MAGIC);
    header[2] = count;
    header[3] = index;
    header.writeUInt32BE(piece.length, 4);
    return toBase64Url(Buffer.concat([header, piece]));
  });
}

export function isSeriesPiece(text: string): boolean {
  const bytes = fromBase64Url(text);
  return bytes.length >= HEADER_BYTES && bytes.readUInt16BE(0) === MAGIC;
}

/**
 * All pieces, scanned in any order, perhaps some twice.
 *
 * @param texts each of which `isSeriesPiece`
 * @throws CodecError 'bad-series' where pieces are missing, damaged, or of several series
 */
export function joinSeries(texts: readonly string[], source: string): Buffer {
  const series = new QrSeries();
  for (const text of texts) if (!series.add(text)) throw damaged(source, 'has a QR piece that is cut short');
  const { missing } = series;
  if (missing.length > 0)
    throw damaged(source, `lacks ${missing.length} of ${series.total} QR pieces: ${missing.join(', ')}`);
  return series.join();
}

function damaged(source: string, complaint: string): CodecError {
  return new CodecError('bad-series', source, complaint);
}

/** Collects pieces as a camera finds them. */
class QrSeries {
  /** By index. BOUNDED by MAX_PIECES. */
  readonly #pieces = new Map<number, Buffer>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** Numbers from 1, as people count. */
  get missing(): number[] {
    return Array.from({ length: this.#total }, (_, index) => index + 1).filter(
      (number) => !this.#pieces.has(number - 1),
    );
  }

  /** A piece of a series of another length begins a new one, as in AmneziaVPN. False for a piece that is not whole. */
  add(text: string): boolean {
    const bytes = fromBase64Url(text);
    const [total = 0, index = 0] = bytes.subarray(2, 4);
    const piece = bytes.subarray(HEADER_BYTES, HEADER_BYTES + bytes.readUInt32BE(4));
    if (piece.length !== bytes.readUInt32BE(4) || index >= total) return false;
    if (total !== this.#total) this.#pieces.clear();
    this.#total = total;
    this.#pieces.set(index, piece);
    return true;
  }

  join(): Buffer {
    return Buffer.concat([...this.#pieces].sort(([a], [b]) => a - b).map(([, piece]) => piece));
  }
}
