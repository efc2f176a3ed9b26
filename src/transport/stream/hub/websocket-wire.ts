/** Datagrams as binary messages of a WebSocket (RFC 6455), one each. */
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Chunk } from '../framing/chunk-pool.ts';
import { FRAME_HEADER_BYTES } from '../framing/frame-reader.ts';
import type { Link, Wire } from './link.ts';
import { describeFailure } from './raw-socket.ts';

/** What both ends tell `ws`: nothing is compressed, as nothing that is encrypted can be. */
export const WEBSOCKET_OPTIONS = { perMessageDeflate: false, skipUTF8Validation: true } as const;

const BINARY = { binary: true, compress: false } as const;
/** RFC 6455, 7.4.1: a type of data that cannot be accepted. */
const UNSUPPORTED_DATA = 1003;

/** Connects an open WebSocket with its link. */
export function attachWebSocket(link: Link, webSocket: WebSocket, stream: Socket): void {
  webSocket.on('message', (message, isBinary) => {
    const length = message instanceof Buffer ? message.length : 0;
    if (isBinary && length > 0) {
      link.readMessage(message as Buffer);
      return;
    }
    webSocket.close(UNSUPPORTED_DATA);
    link.fail({ count: 'framingErrors', reason: 'the other side sent a message that is no datagram' });
  });
  link.attach(new WebSocketWire(webSocket, stream));
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
  readonly #webSocket: WebSocket;
  readonly #stream: Socket;

  constructor(webSocket: WebSocket, stream: Socket) {
    this.#webSocket = webSocket;
    this.#stream = stream;
  }

  /** All messages of the chunk leave together. */
  write({ bytes, start, end }: Chunk, done: () => void): void {
    this.#stream.cork();
    for (let at = start; at < end; ) {
      const from = at + FRAME_HEADER_BYTES;
      at = from + ((bytes[at] << 8) | bytes[at + 1]);
      this.#webSocket.send(bytes.subarray(from, at), BINARY, at < end ? undefined : done);
    }
    this.#stream.uncork();
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
