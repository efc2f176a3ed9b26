/** Datagrams as binary messages of a WebSocket (RFC 6455), one each. */
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Chunk } from '../framing/chunk-pool.ts';
import type { WebSocketFrameWriter, WebSocketRole } from '../framing/websocket-frames.ts';
import type { HubContext } from './hub-context.ts';
import type { Link, Wire } from './link.ts';
import { describeFailure } from './raw-socket.ts';

/** What both ends tell `ws`: nothing is compressed, as nothing that is encrypted can be. */
export const WEBSOCKET_OPTIONS = { perMessageDeflate: false, skipUTF8Validation: true } as const;

/** RFC 6455, 7.4.1: a type of data that cannot be accepted. */
const UNSUPPORTED_DATA = 1003;

/**
 * Connects an open WebSocket with its link. From here on datagrams pass `ws` by: it has done the
 * handshake, and goes on with whatever is no datagram.
 */
export function attachWebSocket(context: HubContext, link: Link, webSocket: WebSocket, stream: Socket): void {
  webSocket.on('message', (message, isBinary) => {
    const length = message instanceof Buffer ? message.length : 0;
    if (isBinary && length > 0) {
      link.readMessage(message as Buffer);
      return;
    }
    webSocket.close(UNSUPPORTED_DATA);
    link.fail({ count: 'framingErrors', reason: 'the other side sent a message that is no datagram' });
  });
  const role = link.isAccepted ? 'server' : 'client';
  interceptDatagrams(context, link, role, stream);
  link.attach(new WebSocketWire(context, role, webSocket, stream));
}

/** Takes the place of what `ws` listens to the stream with, and gives that what it does not want itself. */
function interceptDatagrams(context: HubContext, link: Link, role: WebSocketRole, stream: Socket): void {
  const others = stream.listeners('data') as ((bytes: Buffer) => void)[];
  const handOn = (frames: Uint8Array): void => {
    const bytes = Buffer.from(frames.buffer, frames.byteOffset, frames.length);
    for (const listener of others) listener.call(stream, bytes);
  };
  const reader = context.newWebSocketReader(role, link, handOn);
  for (const listener of others) stream.off('data', listener);
  stream.on('data', (bytes: Buffer) => link.readFrames(reader, bytes));
}

/** The link ends with the WebSocket, also before that is open. */
export function endWithWebSocket(link: Link, webSocket: WebSocket): void {
  webSocket.on('error', (error) => {
    const count = isProtocolError(error) ? 'framingErrors' : undefined;
    link.fail({ count, reason: describeFailure(error) });
  });
  webSocket.on('close', (code) => link.close(`the other side closed the WebSocket (${code})`));
  link.own({ destroy: () => webSocket.terminate() });
}

/** Of `ws`, about what it received: `WS_ERR_UNSUPPORTED_MESSAGE_LENGTH` and so on. */
function isProtocolError(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && error.code.startsWith('WS_ERR_');
}

class WebSocketWire implements Wire {
  readonly #context: HubContext;
  readonly #writer: WebSocketFrameWriter;
  readonly #webSocket: WebSocket;
  readonly #stream: Socket;

  constructor(context: HubContext, role: WebSocketRole, webSocket: WebSocket, stream: Socket) {
    this.#context = context;
    this.#writer = context.newWebSocketWriter(role);
    this.#webSocket = webSocket;
    this.#stream = stream;
  }

  /** All messages of the chunk leave together. */
  write(chunk: Chunk, done: () => void): void {
    const { messages } = this.#context;
    const out = messages.take();
    this.#writer.write(chunk, out);
    this.#stream.write(out.bytes.subarray(out.start, out.end), () => {
      messages.give(out);
      done();
    });
  }

  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  ping(): void {
    this.#webSocket.ping();
  }
}
