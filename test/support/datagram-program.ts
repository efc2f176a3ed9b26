/**
 * Sends the datagrams that standard input asks for over loopback, one JSON array of flows: each flow
 * has a socket of its own, as one end of a conversation has.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface Flow {
  /** Where all of its datagrams go to, on 127.0.0.1. */
  readonly port: number;
  /** In hexadecimal, in order. */
  readonly datagrams: readonly string[];
}

/** Of the first flow. One that the system chose could be the port of a protocol that Wireshark knows. */
const FIRST_SOURCE_PORT = 61_100;

const flows = JSON.parse(await text(process.stdin)) as Flow[];
for (const [index, { port, datagrams }] of flows.entries()) {
  const socket = createSocket('udp4').bind(FIRST_SOURCE_PORT + index, '127.0.0.1');
  await once(socket, 'listening');
  for (const datagram of datagrams) {
    await new Promise<void>((resolve, reject) => {
      socket.send(Buffer.from(datagram, 'hex'), port, '127.0.0.1', (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }
  socket.close();
}
