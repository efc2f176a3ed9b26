/** Takes an accepted connection of any kind as far as datagrams: TLS, then the WebSocket's handshake, as it is asked for. */
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { createSecureContext, TLSSocket } from 'node:tls';
import { MAX_FRAME_BYTES } from '../framing/frame-reader.ts';
import type { StreamListenOptions } from '../stream-target.ts';
import type { HubContext } from './hub-context.ts';
import type { Link } from './link.ts';
import { endWith, wrapSocket } from './raw-socket.ts';
import { StreamWire } from './stream-wire.ts';
import { WebSocketDoor } from './websocket-door.ts';

/** What a listener of one kind does with those it accepted. */
export type Serve = (link: Link, descriptor: number) => void;

/** Throws for a certificate or a key that is none, and for options that do not fit the kind. */
export function serverFor(context: HubContext, options: StreamListenOptions): Serve {
  const speak = speakerOf(context, options);
  if (options.kind !== 'tls' && options.websocket?.secure !== true) {
    return (link, descriptor) => speak(link, wrapSocket(context, link, descriptor));
  }
  if (options.tls === undefined) throw new TypeError(`a listener for ${options.kind} without a certificate`);
  const { certificate, key, alpn } = options.tls;
  const secureContext = createSecureContext({ cert: certificate, key });
  return (link, descriptor) => {
    speak(link, secureServer(link, wrapSocket(context, link, descriptor), secureContext, alpn));
  };
}

function speakerOf(
  context: HubContext,
  { kind, websocket }: StreamListenOptions,
): (link: Link, stream: Socket) => void {
  if (kind !== 'websocket') return speakFrames;
  if (websocket === undefined) throw new TypeError('a listener for WebSockets without a path');
  const door = new WebSocketDoor(context, websocket.path, MAX_FRAME_BYTES);
  return (link, stream) => door.admit(link, stream);
}

function speakFrames(link: Link, stream: Socket): void {
  if (link.kind === 'tls') stream.on('data', (bytes: Buffer) => void link.readBytes(bytes, 0, bytes.length));
  link.attach(new StreamWire(stream));
  stream.resume();
}

/** Node begins the handshake by itself; nothing is read or written above it before it is done. */
function secureServer(link: Link, raw: Socket, secureContext: SecureContext, alpn?: readonly string[]): TLSSocket {
  const protocols = alpn === undefined ? {} : { ALPNProtocols: [...alpn] };
  return endWith(link, new TLSSocket(raw, { isServer: true, secureContext, ...protocols }), raw);
}
