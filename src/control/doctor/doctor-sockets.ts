/**
 * The UDP sockets of an examination: one a family on the same port, as a tunnel has them, through
 * `node:dgram`, since a few datagrams a second need neither batches nor privileges.
 */
import type { RemoteInfo, Socket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { formatAddress, parseAddress } from '../../protocol/address-text.ts';
import type { Endpoint } from '../../protocol/endpoint.ts';
import { DoctorError } from './doctor-error.ts';

export interface DoctorSocketListener {
  onDatagram(datagram: Uint8Array, from: Endpoint): void;
  /** The system would not send there; `code` as in `EHOSTUNREACH`. */
  onSendError(to: Endpoint, code: string): void;
}

export class DoctorSockets {
  readonly port: number;
  readonly #ipv4: Socket;
  /** Undefined where the system has no IPv6. */
  readonly #ipv6: Socket | undefined;
  readonly #listener: DoctorSocketListener;

  private constructor(ipv4: Socket, ipv6: Socket | undefined, listener: DoctorSocketListener) {
    this.port = ipv4.address().port;
    this.#ipv4 = ipv4;
    this.#ipv6 = ipv6;
    this.#listener = listener;
    for (const socket of [ipv4, ipv6]) {
      socket?.on('message', (datagram, from) => this.#receive(datagram, from));
      // Without a listener the process would end; what matters comes to the callback of `send`.
      socket?.on('error', () => undefined);
    }
  }

  /**
   * @param port 0 lets the system choose
   * @throws DoctorError where the port is taken
   */
  static async open(port: number, listener: DoctorSocketListener): Promise<DoctorSockets> {
    const ipv4 = await bind('udp4', port);
    const ipv6 = await bind('udp6', ipv4.address().port).catch(() => undefined);
    return new DoctorSockets(ipv4, ipv6, listener);
  }

  send(to: Endpoint, datagram: Uint8Array): void {
    const socket = to.address.length === 4 ? this.#ipv4 : this.#ipv6;
    if (socket === undefined) this.#listener.onSendError(to, 'EAFNOSUPPORT');
    socket?.send(datagram, to.port, hostOf(to), (error) => {
      if (error instanceof Error)
        this.#listener.onSendError(to, (error as NodeJS.ErrnoException).code ?? error.message);
    });
  }

  close(): void {
    this.#ipv4.close();
    this.#ipv6?.close();
  }

  #receive(datagram: Buffer, { address, port }: RemoteInfo): void {
    const [text = '', zone = ''] = address.split('%');
    const bytes = parseAddress(text);
    if (bytes !== undefined) this.#listener.onDatagram(datagram, { address: bytes, port, scopeId: scopeOf(zone) });
  }
}

async function bind(type: 'udp4' | 'udp6', port: number): Promise<Socket> {
  const socket = createSocket({ type, ipv6Only: type === 'udp6' });
  try {
    socket.bind(port);
    await once(socket, 'listening');
    return socket;
  } catch (error) {
    socket.close();
    throw bindError(port, error as NodeJS.ErrnoException);
  }
}

function bindError(port: number, { code, message }: NodeJS.ErrnoException): DoctorError {
  if (code !== 'EADDRINUSE') return new DoctorError('no-socket', `UDP port ${port} cannot be opened: ${message}`);
  return new DoctorError('port-in-use', `UDP port ${port} is in use; stop the tunnel first ("awg-vpn down")`);
}

/** What `node:dgram` takes as an address. */
export function hostOf({ address, scopeId }: Endpoint): string {
  return `${formatAddress(address)}${scopeId === 0 ? '' : `%${scopeId}`}`;
}

function scopeOf(zone: string): number {
  const scope = networkInterfaces()[zone]?.find((each) => each.family === 'IPv6' && each.scopeid !== 0);
  return scope?.family === 'IPv6' ? (scope.scopeid ?? 0) : 0;
}
