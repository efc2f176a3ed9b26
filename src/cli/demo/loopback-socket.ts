/** A UDP socket of Node on the loopback as the network of a memory carrier: needs no privileges on any platform. */

import type { Socket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { parseAddress } from '../../protocol/address-text.ts';
import type { Endpoint } from '../../protocol/endpoint.ts';
import type { Datagram, DatagramSink } from '../../transport/memory/memory-carrier.ts';

const HOST = '127.0.0.1';
const HOST_BYTES = parseAddress(HOST) as Uint8Array;
/** Datagrams given to the system and not yet taken by it; more are dropped. */
const MAX_SENDING = 1024;

export class LoopbackSocket implements DatagramSink {
  readonly local: Endpoint;
  readonly #socket: Socket;
  #sending = 0;
  #isClosed = false;
  #onSend: (datagram: Datagram) => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.local = { address: HOST_BYTES, port: socket.address().port, scopeId: 0 };
  }

  static async bind(): Promise<LoopbackSocket> {
    const socket = createSocket('udp4');
    socket.bind(0, HOST);
    await once(socket, 'listening');
    return new LoopbackSocket(socket);
  }

  onDatagram(listener: (datagram: Datagram) => void): void {
    this.#socket.on('message', (bytes, { port }) => {
      listener({ from: { address: HOST_BYTES, port, scopeId: 0 }, to: this.local, bytes });
    });
  }

  /** Hears of every datagram before it leaves. */
  onSend(listener: (datagram: Datagram) => void): void {
    this.#onSend = listener;
  }

  accept(datagram: Datagram): void {
    if (this.#isClosed || this.#sending >= MAX_SENDING) return;
    this.#sending++;
    this.#onSend(datagram);
    // UDP promises nothing, so neither does this: errors count as loss.
    this.#socket.send(datagram.bytes, datagram.to.port, HOST, () => {
      this.#sending--;
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.close();
  }
}
