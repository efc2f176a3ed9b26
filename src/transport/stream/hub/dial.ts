/** Makes a connection of any kind: TCP, then TLS, then the handshake of the WebSocket, as far as it goes. */
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { MAX_FRAME_BYTES } from '../framing/frame-reader.ts';
import type { StreamTarget, WebSocketTarget } from '../stream-target.ts';
import type { HubContext } from './hub-context.ts';
import type { Link } from './link.ts';
import { connectRaw, describeFailure } from './raw-socket.ts';
import { StreamWire } from './stream-wire.ts';
import { secureClient } from './tls-client.ts';
import { attachWebSocket, endWithWebSocket, WEBSOCKET_OPTIONS } from './websocket-wire.ts';

/** `link` gets its wire when the connection is made, or is closed with the reason why it is not. */
export function dial(context: HubContext, link: Link, target: StreamTarget): void {
  attempt(link, () => {
    const raw = connectRaw(context, link);
    raw.once('connect', () => attempt(link, () => dress(context, link, raw, target)));
  });
}

/** Certificates, names and paths are judged by Node, which throws. */
function attempt(link: Link, action: () => void): void {
  try {
    action();
  } catch (error) {
    link.close(describeFailure(error));
  }
}

function dress(context: HubContext, link: Link, raw: Socket, target: StreamTarget): void {
  const use = (stream: Socket): void => attempt(link, () => speak(context, link, stream, target));
  const isSecure = target.kind === 'tls' || target.websocket?.secure === true;
  if (isSecure) secureClient(link, raw, target.tls, use);
  else use(raw);
}

function speak(context: HubContext, link: Link, stream: Socket, { kind, websocket }: StreamTarget): void {
  if (kind === 'websocket') {
    upgrade(context, link, stream, websocket);
    return;
  }
  if (kind === 'tls') stream.on('data', (bytes: Buffer) => void link.readBytes(bytes, 0, bytes.length));
  link.attach(new StreamWire(stream));
  stream.resume();
}

function upgrade(context: HubContext, link: Link, stream: Socket, target: WebSocketTarget | undefined): void {
  if (target === undefined) throw new TypeError('a WebSocket without a host and a path');
  const webSocket = new WebSocket(`${target.secure ? 'wss' : 'ws'}://${target.host}${target.path}`, {
    ...WEBSOCKET_OPTIONS,
    createConnection: () => stream,
    maxPayload: MAX_FRAME_BYTES,
  });
  endWithWebSocket(link, webSocket);
  webSocket.on('unexpected-response', (_, { statusCode, statusMessage }) => {
    link.close(`the server answered ${statusCode} ${statusMessage}`);
  });
  webSocket.once('open', () => attachWebSocket(context, link, webSocket, stream));
  stream.resume();
}
