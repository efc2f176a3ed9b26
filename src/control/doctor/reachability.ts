/**
 * Asks the network whether it would say that nobody is there. ICMP errors come to connected sockets
 * only, so a socket of its own sends one datagram of noise, as junk is, which a peer ignores.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Endpoint } from '../../protocol/endpoint.ts';
import { hostOf } from './doctor-sockets.ts';

/** The error that came back (`ECONNREFUSED` for a closed port), or undefined where none did in time. */
export async function networkComplaint(
  to: Endpoint,
  noise: Uint8Array,
  milliseconds: number,
): Promise<string | undefined> {
  const socket = createSocket(to.address.length === 4 ? 'udp4' : 'udp6');
  const complaint = new Promise<string>((resolve) => {
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
  try {
    socket.connect(to.port, hostOf(to));
    await Promise.race([once(socket, 'connect'), complaint]);
    socket.send(noise, () => undefined);
    return await Promise.race([complaint, sleep(milliseconds, undefined, { ref: false })]);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  } finally {
    socket.close();
  }
}
