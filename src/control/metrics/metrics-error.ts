/** Why metrics cannot be served. */
export type MetricsErrorCode = 'bad-address' | 'listen';

export class MetricsError extends Error {
  override readonly name = 'MetricsError';
  readonly code: MetricsErrorCode;

  constructor(code: MetricsErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
