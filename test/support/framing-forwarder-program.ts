/**
 * UDP in TCP as others understand it: two bytes of length, most significant first, then the datagram.
 * Written for this test from that sentence alone; it shares nothing with the product.
 *
 *     tcp2udp <address> <port> <UDP address> <UDP port>    one UDP socket for each connection
 *     udp2tcp <address> <port> <TCP address> <TCP port>    one connection, to whoever sent first
 */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';

function forward(stream: Socket, send: (datagram: Buffer) => void): void {
  let rest = Buffer.alloc(0);
  stream.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const end = 2 + rest.readUInt16BE(0);
      send(rest.subarray(2, end));
      rest = rest.subarray(end);
    }
  });
}

function frame(datagram: Buffer): Buffer {
  const header = Buffer.alloc(2);
  header.writeUInt16BE(datagram.length);
  return Buffer.concat([header, datagram]);
}

function tcpToUdp(address: string, port: number, target: string, targetPort: number): void {
  const server = createServer((stream) => {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
    forward(stream, (datagram) => socket.send(datagram, targetPort, target));
    socket.on('message', (datagram) => stream.write(frame(datagram)));
    stream.on('close', () => socket.close());
    stream.on('error', () => undefined);
  });
  server.listen(port, address, () => process.stdout.write('ready\n'));
}

function udpToTcp(address: string, port: number, target: string, targetPort: number): void {
  const stream = connect({ host: target, port: targetPort, noDelay: true });
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
  let client: { readonly address: string; readonly port: number } | undefined;
  socket.on('message', (datagram, from) => {
    client = from;
    stream.write(frame(datagram));
  });
  forward(stream, (datagram) => client !== undefined && socket.send(datagram, client.port, client.address));
  stream.on('close', () => process.exit(1));
  stream.once('connect', () => socket.bind(port, address, () => process.stdout.write('ready\n')));
}

const [action, address = '', port = '', target = '', targetPort = ''] = process.argv.slice(2);
if (action === 'tcp2udp') tcpToUdp(address, Number(port), target, Number(targetPort));
else if (action === 'udp2tcp') udpToTcp(address, Number(port), target, Number(targetPort));
else throw new Error(`unknown action ${action}`);
