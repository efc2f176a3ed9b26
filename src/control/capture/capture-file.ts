/**
 * A pcap file that does not grow beyond a size: the full one takes the place of the one before, and a new one
 * is begun. Records are written whole or not at all, so that a full disk leaves a file that can be read.
 */
import type { FileHandle } from 'node:fs/promises';
import { open, rename } from 'node:fs/promises';
import { FILE_HEADER_BYTES, fileHeader } from './pcap-format.ts';

export class CaptureFile {
  readonly #path: string;
  readonly #maximum: number;
  #handle: FileHandle | undefined;
  /** Bytes of it that are whole. */
  #size = 0;

  /** @param path ends in `.pcap` */
  constructor(path: string, maximum: number) {
    this.#path = path;
    this.#maximum = maximum;
  }

  /** Throws what the system says, for example ENOENT where the directory is missing. */
  async open(): Promise<void> {
    this.#handle = await open(this.#path, 'w', 0o600);
    this.#size = 0;
    await this.#append(fileHeader());
  }

  /** Rejects where not all of it could be written; then nothing of it counts as written. */
  async write(records: Buffer): Promise<void> {
    if (this.#handle === undefined) await this.open();
    if (this.#size > FILE_HEADER_BYTES && this.#size + records.length > this.#maximum) await this.#rotate();
    // The header itself may not have fit on the disk when the file was begun.
    if (this.#size === 0) await this.#append(fileHeader());
    await this.#append(records);
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    // What was begun behind the last whole record would look like a damaged file.
    await handle?.truncate(this.#size).catch(() => undefined);
    await handle?.close();
  }

  async #rotate(): Promise<void> {
    await this.close();
    await rename(this.#path, this.#path.replace(/\.pcap$/, '.1.pcap'));
    await this.open();
  }

  async #append(bytes: Buffer): Promise<void> {
    const { bytesWritten } = (await this.#handle?.write(bytes, 0, bytes.length, this.#size)) ?? { bytesWritten: 0 };
    if (bytesWritten < bytes.length) throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' });
    this.#size += bytes.length;
  }
}
