/** What a handshake program is asked to measure, and what it answers. */

export type HandshakeOrder =
  /** Our own responder, without an operating system around it. */
  | { readonly role: 'own'; readonly peers: number; readonly perPeer: number }
  /** Writes initiations to a file. Keys are raw, in hex. */
  | {
      readonly role: 'prepare';
      readonly responder: string;
      readonly peers: readonly string[];
      readonly perPeer: number;
      readonly file: string;
    }
  /** Sends what is in the file, and waits for answers. */
  | {
      readonly role: 'flood';
      readonly file: string;
      readonly target: string;
      readonly port: number;
      /** Unanswered initiations at any time; below what a responder calls load. */
      readonly window: number;
      readonly milliseconds: number;
    };

export interface HandshakeReport {
  readonly responses: number;
  /** A responder under load asks for cookies, and is then measured in something else. */
  readonly cookieReplies: number;
  readonly seconds: number;
  /** Microseconds of one X25519 operation in this process, 0 where it was not asked for. */
  readonly curveMicroseconds: number;
}
