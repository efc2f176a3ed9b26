/** What the demo and its traffic processes tell each other. */

export type TrafficRequest =
  /** Listen on a free port and send to everyone who connects, as fast as they take it. */
  | { readonly kind: 'serve' }
  /** Connect and read for a while. */
  | { readonly kind: 'fetch'; readonly host: string; readonly port: number; readonly milliseconds: number };

export type TrafficReply =
  | { readonly kind: 'serving'; readonly port: number }
  /** Four times a second: bytes and time since the first byte. */
  | { readonly kind: 'progress'; readonly bytes: number; readonly milliseconds: number }
  | { readonly kind: 'fetched'; readonly bytes: number; readonly milliseconds: number }
  | { readonly kind: 'failed'; readonly message: string };
