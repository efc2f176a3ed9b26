/** What the owner of a tunnel asked for cannot be. Nothing has changed when this is thrown. */
export type TunnelErrorCode =
  | 'bad-key-length'
  | 'bad-keepalive'
  | 'own-public-key'
  | 'peer-exists'
  | 'unknown-peer'
  | 'too-many-peers';

export class TunnelError extends Error {
  readonly code: TunnelErrorCode;

  constructor(code: TunnelErrorCode, message: string) {
    super(message);
    this.name = 'TunnelError';
    this.code = code;
  }
}
