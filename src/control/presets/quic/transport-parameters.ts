/** What a QUIC client declares about itself (RFC 9000, section 18.2): values as browsers have them. */
import { concatBytes } from '../../../protocol/bytes.ts';
import { varint } from './varint.ts';

const MEBIBYTE = 1 << 20;

/** Identifier and value. */
const NUMBERS: ReadonlyArray<readonly [number, number]> = [
  [0x01, 30_000], // max_idle_timeout, milliseconds
  [0x03, 1472], // max_udp_payload_size
  [0x04, 15 * MEBIBYTE], // initial_max_data
  [0x05, 6 * MEBIBYTE], // initial_max_stream_data_bidi_local
  [0x06, 6 * MEBIBYTE], // initial_max_stream_data_bidi_remote
  [0x07, 6 * MEBIBYTE], // initial_max_stream_data_uni
  [0x08, 100], // initial_max_streams_bidi
  [0x09, 103], // initial_max_streams_uni
  [0x0e, 2], // active_connection_id_limit
];

/** Must be there and agree with the packet, or the server closes the connection (RFC 9000, section 7.3). */
const INITIAL_SOURCE_CONNECTION_ID = 0x0f;

export function transportParameters(source: Uint8Array): Uint8Array {
  return concatBytes(
    ...NUMBERS.map(([identifier, value]) => parameter(identifier, varint(value))),
    parameter(INITIAL_SOURCE_CONNECTION_ID, source),
  );
}

function parameter(identifier: number, value: Uint8Array): Uint8Array {
  return concatBytes(varint(identifier), varint(value.length), value);
}
