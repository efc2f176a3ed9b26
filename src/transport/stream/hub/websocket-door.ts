/**
 * The server's end of WebSockets. To everyone who does not know the path it is a web server without a
 * single page.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { HubContext } from './hub-context.ts';
import type { Link } from './link.ts';
import { attachWebSocket, endWithWebSocket, WEBSOCKET_OPTIONS } from './websocket-wire.ts';

const NOT_FOUND = 404;
const PAGE =
  '<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n</body>\r\n</html>\r\n';
const HEADERS = { 'Content-Type': 'text/html', 'Content-Length': PAGE.length, Connection: 'close' };
const MAX_HEADER_BYTES = 8192;

export class WebSocketDoor {
  readonly #context: HubContext;
  readonly #path: string;
  readonly #http = createServer({ maxHeaderSize: MAX_HEADER_BYTES });
  readonly #webSockets: WebSocketServer;
  /** Connections that have not asked for a WebSocket yet. */
  readonly #waiting = new WeakMap<Duplex, Link>();

  constructor(context: HubContext, path: string, maxPayload: number) {
    this.#context = context;
    this.#path = path;
    this.#webSockets = new WebSocketServer({ ...WEBSOCKET_OPTIONS, noServer: true, clientTracking: false, maxPayload });
    this.#http.on('request', (_, response) => refuse(response));
    this.#http.on('upgrade', (request, stream, head) => this.#upgrade(request, stream as Socket, head));
  }

  /** Lets a connection ask. It ends with its link, which has a limit of time to say its first datagram. */
  admit(link: Link, stream: Socket): void {
    this.#waiting.set(stream, link);
    this.#http.emit('connection', stream);
    stream.resume();
  }

  #upgrade(request: IncomingMessage, stream: Socket, head: Buffer): void {
    const link = this.#waiting.get(stream);
    if (link === undefined || !this.#isMeant(request)) {
      stream.end(notFound());
      return;
    }
    this.#webSockets.handleUpgrade(request, stream, head, (webSocket) => {
      endWithWebSocket(link, webSocket);
      attachWebSocket(this.#context, link, webSocket, stream);
    });
  }

  #isMeant({ url = '', headers }: IncomingMessage): boolean {
    return url.split('?', 1)[0] === this.#path && headers.upgrade?.toLowerCase() === 'websocket';
  }
}

function refuse(response: ServerResponse): void {
  response.writeHead(NOT_FOUND, HEADERS).end(PAGE);
}

/** The same answer where Node has let go of the connection already. */
function notFound(): string {
  const lines = Object.entries({ ...HEADERS, Date: new Date().toUTCString() }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return `HTTP/1.1 ${NOT_FOUND} ${STATUS_CODES[NOT_FOUND]}\r\n${lines.join('\r\n')}\r\n\r\n${PAGE}`;
}
