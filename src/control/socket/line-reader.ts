/** Cuts a byte stream into lines without ever holding more than one line's limit. */
export class LineReader {
  readonly #limit: number;
  readonly #onLine: (line: string) => void;
  /** BOUNDED by `#limit`. */
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  constructor(limit: number, onLine: (line: string) => void) {
    this.#limit = limit;
    this.#onLine = onLine;
  }

  /** Returns false when a line is longer than the limit; nothing may be pushed after that. */
  push(chunk: Buffer): boolean {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      if (!this.#keep(chunk.subarray(start, end))) return false;
      this.#finishLine();
      start = end + 1;
    }
    return this.#keep(chunk.subarray(start));
  }

  #keep(part: Buffer): boolean {
    this.#pendingBytes += part.length;
    if (this.#pendingBytes > this.#limit) return false;
    if (part.length > 0) this.#pending.push(part);
    return true;
  }

  #finishLine(): void {
    const line = Buffer.concat(this.#pending).toString('utf8');
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#onLine(line);
  }
}
