/** TLS to a server, and whether the server is the right one. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { connect } from 'node:tls';
import { formatAddress } from '../../../protocol/address-text.ts';
import type { TlsTarget } from '../stream-target.ts';
import type { Link } from './link.ts';
import { endWith } from './raw-socket.ts';

const NONE: TlsTarget = {};

/** Begins TLS on a connected socket; `use` gets the stream once the server has proven who it is. */
export function secureClient(link: Link, raw: Socket, target = NONE, use: (stream: TLSSocket) => void): void {
  const stream = endWith(link, connect(connectionOptions(link, raw, target)), raw);
  stream.once('secureConnect', () => {
    if (isPinned(stream, target.pins)) use(stream);
    else link.close("the server's public key is none of the pinned ones");
  });
}

/** With pins alone it is the key that counts, whoever signed the certificate and whatever name it has. */
function connectionOptions(link: Link, socket: Socket, target: TlsTarget): ConnectionOptions {
  const { serverName, alpn, pins, ca } = target;
  const byKeyAlone = pins !== undefined && pins.length > 0 && ca === undefined;
  return {
    socket,
    host: formatAddress(link.endpoint.address),
    rejectUnauthorized: !byKeyAlone,
    ...(byKeyAlone ? { checkServerIdentity: () => undefined } : {}),
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
    ...(ca === undefined ? {} : { ca }),
  };
}

/** RFC 7469, 2.4: the pin is the SHA-256 of the SubjectPublicKeyInfo. */
function isPinned(stream: TLSSocket, pins: readonly Uint8Array[] | undefined): boolean {
  if (pins === undefined || pins.length === 0) return true;
  const key = stream.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' });
  if (key === undefined) return false;
  const digest = createHash('sha256').update(key).digest();
  return pins.some((pin) => pin.length === digest.length && timingSafeEqual(pin, digest));
}
