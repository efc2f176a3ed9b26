/**
 * The ClientHello of a QUIC client that wants HTTP/3 (RFC 8446, section 4.1.2; RFC 9001, section 8):
 * whoever opens the Initial packet finds a server name, and nothing that a server would refuse.
 */
import { asciiBytes, concatBytes } from '../../../protocol/bytes.ts';
import { transportParameters } from './transport-parameters.ts';

const CLIENT_HELLO = 1;
const TLS_1_2 = Uint8Array.of(3, 3);
const NO_SESSION = Uint8Array.of(0);
const NO_COMPRESSION = Uint8Array.of(1, 0);

/** TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384, TLS_CHACHA20_POLY1305_SHA256. */
const CIPHER_SUITES = [0x1301, 0x1302, 0x1303];
/** x25519, secp256r1, secp384r1. */
const GROUPS = [0x001d, 0x0017, 0x0018];
/** ECDSA, RSA-PSS and RSA-PKCS1 with SHA-256, SHA-384 and SHA-512, in the order of preference of most clients. */
const SIGNATURE_ALGORITHMS = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601];
const TLS_1_3 = 0x0304;
const PSK_WITH_DHE = 1;

export interface ClientHelloFields {
  /** The server name, ASCII. */
  readonly host: string;
  /** 32 bytes. */
  readonly random: Uint8Array;
  /** An X25519 public key, 32 bytes. */
  readonly keyShare: Uint8Array;
  /** The client's connection ID, which the transport parameters repeat. */
  readonly source: Uint8Array;
}

/** @param reorder puts the extensions into an order; browsers change theirs each time */
export function clientHello(fields: ClientHelloFields, reorder: (items: Uint8Array[]) => Uint8Array[]): Uint8Array {
  const body = concatBytes(
    TLS_1_2,
    fields.random,
    NO_SESSION,
    vector16(numbers16(CIPHER_SUITES)),
    NO_COMPRESSION,
    vector16(...reorder(extensions(fields))),
  );
  return concatBytes(Uint8Array.of(CLIENT_HELLO, 0), vector16(body));
}

function extensions({ host, keyShare, source }: ClientHelloFields): Uint8Array[] {
  const [group] = GROUPS;
  return [
    extension(0, vector16(Uint8Array.of(0), vector16(asciiBytes(host)))),
    extension(10, vector16(numbers16(GROUPS))),
    extension(13, vector16(numbers16(SIGNATURE_ALGORITHMS))),
    extension(16, vector16(vector8(asciiBytes('h3')))),
    extension(43, vector8(numbers16([TLS_1_3]))),
    extension(45, vector8(Uint8Array.of(PSK_WITH_DHE))),
    extension(51, vector16(numbers16([group]), vector16(keyShare))),
    extension(57, transportParameters(source)),
  ];
}

function extension(type: number, data: Uint8Array): Uint8Array {
  return concatBytes(numbers16([type]), vector16(data));
}

function numbers16(values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value >>> 8, value & 0xff]));
}

/** The parts after their common length, in one byte or in two. */
function vector8(...parts: readonly Uint8Array[]): Uint8Array {
  const data = concatBytes(...parts);
  return concatBytes(Uint8Array.of(data.length), data);
}

function vector16(...parts: readonly Uint8Array[]): Uint8Array {
  const data = concatBytes(...parts);
  return concatBytes(numbers16([data.length]), data);
}
