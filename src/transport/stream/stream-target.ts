/** Where streams lead to and where they are accepted: plain data, for the control thread and the hub alike. */
import type { Endpoint } from '../../protocol/endpoint.ts';
import type { StreamKind } from '../carrier-name.ts';

export interface StreamTarget {
  readonly kind: StreamKind;
  /** Address and port to connect to. */
  readonly endpoint: Endpoint;
  /** 1 to MAX_CONNECTIONS; flows are spread over them. */
  readonly connections: number;
  /** For `tls` and for secure WebSockets. */
  readonly tls?: TlsTarget;
  readonly websocket?: WebSocketTarget;
}

/** How the server proves who it is: by `pins`, by `ca`, by both, or else to the system's authorities. */
export interface TlsTarget {
  /** Sent in clear (SNI), and what the certificate must name; without it the certificate must name the address. */
  readonly serverName?: string;
  readonly alpn?: readonly string[];
  /** SHA-256 of the public key (SubjectPublicKeyInfo, DER): one of these is the server's. */
  readonly pins?: readonly Uint8Array[];
  /** Certificates in PEM, instead of the system's authorities. */
  readonly ca?: string;
}

export interface WebSocketTarget {
  /** Over TLS. */
  readonly secure: boolean;
  /** The Host header, with the port where it is not the usual one. */
  readonly host: string;
  /** Begins with a slash. */
  readonly path: string;
}

export interface StreamListenOptions {
  readonly kind: StreamKind;
  /** undefined: every address of this machine. */
  readonly address: Uint8Array | undefined;
  /** 0 for a random one. */
  readonly port: number;
  /** For `tls` and for secure WebSockets; certificate and key in PEM. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly alpn?: readonly string[] };
  readonly websocket?: { readonly path: string; readonly secure: boolean };
}

export const MAX_CONNECTIONS = 8;

/** What holds a connection back that is broken, slow or hostile. Times in milliseconds. */
export interface StreamLimits {
  /** Accepted connections in all: bounds memory and descriptors. */
  readonly connections: number;
  /** Of one source, an IPv4 address or an IPv6 /64: nobody takes all of them. */
  readonly connectionsPerSource: number;
  /** Of the loopback, where a reverse proxy on this machine speaks for many. */
  readonly connectionsFromLoopback: number;
  /** From the accepted connection to its first datagram: ends those that say nothing. */
  readonly firstFrame: number;
  /** From the beginning of a frame to its end: ends those that dribble. */
  readonly frame: number;
  /** Without a datagram from an accepted connection. */
  readonly idle: number;
  /** Until a write is taken: ends those that do not read. */
  readonly stall: number;
  /** From the attempt to connect until a connection can be used. */
  readonly connect: number;
  /** Without use, before the loss of a connection that we made: then it is made again when it is needed. */
  readonly rest: number;
  /** Bytes that wait for one connection; beyond them the oldest datagrams are dropped. */
  readonly queueBytes: number;
  /** Longest datagram, bytes. */
  readonly datagramBytes: number;
}

export const DEFAULT_STREAM_LIMITS: StreamLimits = {
  connections: 1024,
  connectionsPerSource: 16,
  connectionsFromLoopback: 1024,
  firstFrame: 10_000,
  frame: 10_000,
  idle: 180_000,
  stall: 30_000,
  connect: 10_000,
  rest: 30_000,
  queueBytes: 256 << 10,
  datagramBytes: 65535,
};
