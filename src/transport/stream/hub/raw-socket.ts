/** Sockets of the kernel in the hands of Node's event loop. */
import type { NetConnectOpts } from 'node:net';
import { Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { openTcpSocket } from '../../../platform/linux/tcp-socket.ts';
import { formatAddress } from '../../../protocol/address-text.ts';
import type { Endpoint } from '../../../protocol/endpoint.ts';
import type { HubContext } from './hub-context.ts';
import type { Link } from './link.ts';

const ENDED = 'the other side closed the connection';

/** A TCP connection in the making; the caller waits for `connect`. Throws SystemCallError. */
export function connectRaw(context: HubContext, link: Link): Socket {
  const { address } = link.endpoint;
  const descriptor = openTcpSocket(context.syscalls, address.length === 4 ? 4 : 6, context.fwmark);
  const socket = wrapSocket(context, link, descriptor);
  socket.connect({ host: hostOf(link.endpoint), port: link.endpoint.port } satisfies NetConnectOpts);
  return socket;
}

/**
 * Takes over a descriptor. The socket does not read until it is resumed or wrapped; the link ends with
 * it. What a plain TCP link reads goes from a buffer that all of them share straight to the link;
 * other kinds read what is above the socket.
 */
export function wrapSocket(context: HubContext, link: Link, descriptor: number): Socket {
  const { staging } = context;
  const onread = {
    buffer: staging,
    callback: (count: number): boolean => link.readBytes(staging, 0, count),
  };
  const options = {
    fd: descriptor,
    readable: true,
    writable: true,
    // Not among the declared options, and the only way not to read from a socket that is not connected.
    pauseOnCreate: true,
    ...(link.kind === 'tcp' ? { onread } : {}),
  };
  return endWith(link, new Socket(options));
}

/**
 * The link ends when the stream does. Where the stream is TLS over `inner`, only TLS is ended from here,
 * which ends what it stands on: Node crashes if that goes away under it.
 */
export function endWith<T extends Socket>(link: Link, stream: T, inner?: Socket): T {
  stream.on('error', (error) => link.close(describeFailure(error)));
  stream.on('end', () => link.close(ENDED));
  stream.on('close', () => link.close(ENDED));
  return link.own(stream, inner);
}

/** What people read: `connect ECONNREFUSED 192.0.2.1:443`, or a failure of TLS in OpenSSL's words. */
export function describeFailure(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function hostOf({ address, scopeId }: Endpoint): string {
  const text = formatAddress(address);
  if (scopeId === 0) return text;
  const zone = Object.entries(networkInterfaces()).find(([, addresses]) =>
    addresses?.some((entry) => entry.family === 'IPv6' && entry.scopeid === scopeId),
  );
  return `${text}%${zone?.[0] ?? scopeId}`;
}
