/**
 * Writes down what the data plane records: inner packets in one file, datagrams in another. The data plane
 * does not wait for it and does not notice when it fails; what is missing in the files is counted and told.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { CapturedPacket, CaptureMemory } from '../../dataplane/capture/capture-ring.ts';
import { CaptureReader, captureMemory } from '../../dataplane/capture/capture-ring.ts';
import { DIRECTION } from '../../dataplane/capture/packet-recorder.ts';
import { decodePath } from '../../transport/path.ts';
import { CaptureFile } from './capture-file.ts';
import type { WireEnd } from './pcap-format.ts';
import { datagramHeaders, recordHeader } from './pcap-format.ts';

export interface PacketCaptureOptions {
  /** An existing directory, or the beginning of the files' names; `.pcap` at its end is cut off. */
  readonly path: string;
  /** Names the files in a directory. */
  readonly interfaceName: string;
  /** Bytes of one file. There are two of each kind at most. */
  readonly maxFileBytes?: number;
  /** A sentence for the log. */
  readonly onWarning: (warning: string) => void;
}

const MAX_FILE_BYTES = 64 << 20;
const DRAIN_INTERVAL_MS = 50;
/** What is written at once. */
const BATCH_BYTES = 1 << 20;

type Kind = CapturedPacket['kind'];
const KINDS: readonly Kind[] = ['inner', 'wire'];

export class PacketCapture {
  /** For the data-plane threads: one each. */
  readonly memories: readonly [CaptureMemory, CaptureMemory] = [captureMemory(), captureMemory()];
  readonly #readers = this.memories.map((memory) => new CaptureReader(memory));
  readonly #files: Readonly<Record<Kind, CaptureFile>>;
  readonly #options: PacketCaptureOptions;
  #listenPort = 0;
  #timer: NodeJS.Timeout | undefined;
  #draining: Promise<void> = Promise.resolve();
  #isDraining = false;
  /** Packets that are in no file, and have not been told of. */
  #missing = 0;
  #total = 0;
  #reason = '';

  private constructor(options: PacketCaptureOptions) {
    this.#options = options;
    const size = options.maxFileBytes ?? MAX_FILE_BYTES;
    const base = baseName(options);
    this.#files = {
      inner: new CaptureFile(`${base}.inner.pcap`, size),
      wire: new CaptureFile(`${base}.wire.pcap`, size),
    };
  }

  /** Rejects where the files cannot be made: then somebody is there to be told. */
  static async start(options: PacketCaptureOptions): Promise<PacketCapture> {
    const capture = new PacketCapture(options);
    try {
      for (const kind of KINDS) await capture.#files[kind].open();
    } catch (error) {
      await capture.close();
      throw error;
    }
    capture.#timer = setInterval(() => capture.#drainSoon(), DRAIN_INTERVAL_MS);
    capture.#timer.unref();
    return capture;
  }

  /** Packets that are in no file, in all. */
  get missing(): number {
    return this.#total;
  }

  /** The port of our own end, which no datagram tells. */
  set listenPort(port: number) {
    this.#listenPort = port;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#draining;
    await this.#drain();
    for (const kind of KINDS) await this.#files[kind].close();
    if (this.#missing > 0) this.#tellOfMissing();
  }

  #drainSoon(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#draining = this.#drain().finally(() => {
      this.#isDraining = false;
    });
  }

  async #drain(): Promise<void> {
    let isWritten = true;
    for (const reader of this.#readers) {
      this.#miss(reader.takeLost(), 'the disk is too slow');
      while (isWritten) {
        const batch = this.#takeBatch(reader);
        if (batch === undefined) break;
        isWritten = await this.#writeBatch(batch);
      }
    }
    if (isWritten && this.#missing > 0) this.#tellOfMissing();
  }

  #takeBatch(reader: CaptureReader): Batch | undefined {
    const batch = new Batch(this.#listenPort);
    while (batch.bytes < BATCH_BYTES && reader.take((packet) => batch.add(packet)));
    return batch.packets === 0 ? undefined : batch;
  }

  /** Whether all of it is in the files. */
  async #writeBatch(batch: Batch): Promise<boolean> {
    let isWritten = true;
    for (const kind of KINDS) {
      const { parts, count } = batch.of(kind);
      if (count === 0) continue;
      try {
        await this.#files[kind].write(Buffer.concat(parts));
      } catch (error) {
        this.#miss(count, (error as NodeJS.ErrnoException).code ?? String(error));
        isWritten = false;
      }
    }
    return isWritten;
  }

  #miss(packets: number, reason: string): void {
    if (packets === 0) return;
    this.#missing += packets;
    this.#total += packets;
    this.#reason = reason;
  }

  #tellOfMissing(): void {
    this.#options.onWarning(`${this.#missing} packets are not in the capture (${this.#reason})`);
    this.#missing = 0;
  }
}

interface Records {
  readonly parts: Buffer[];
  count: number;
}

/** Records on their way into the files. BOUNDED by BATCH_BYTES and one packet. */
class Batch {
  readonly #listenPort: number;
  readonly #records: Readonly<Record<Kind, Records>> = {
    inner: { parts: [], count: 0 },
    wire: { parts: [], count: 0 },
  };
  bytes = 0;
  packets = 0;

  constructor(listenPort: number) {
    this.#listenPort = listenPort;
  }

  of(kind: Kind): Records {
    return this.#records[kind];
  }

  add(packet: CapturedPacket): void {
    const { kind, bytes, offset, length, seconds, microseconds } = packet;
    const headers = kind === 'wire' ? this.#headersOf(packet) : Buffer.alloc(0);
    const data = Buffer.from(bytes.slice(offset, offset + length));
    const records = this.#records[kind];
    records.parts.push(recordHeader(seconds, microseconds, headers.length + length), headers, data);
    records.count += 1;
    this.packets += 1;
    this.bytes += length;
  }

  /** Where the system chooses our address there is none to show: it is zero then. */
  #headersOf({ bytes, path, direction, length }: CapturedPacket): Buffer {
    const { address, port, local } = decodePath(bytes, path);
    const peer: WireEnd = { address, port };
    const own: WireEnd = { address: local?.address ?? new Uint8Array(address.length), port: this.#listenPort };
    return direction === DIRECTION.out ? datagramHeaders(own, peer, length) : datagramHeaders(peer, own, length);
  }
}

function baseName({ path, interfaceName }: PacketCaptureOptions): string {
  const isDirectory = path.endsWith('/') || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return isDirectory ? join(path, interfaceName) : path.replace(/\.pcap$/, '');
}
