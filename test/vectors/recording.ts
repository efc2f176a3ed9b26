/** Reads the recordings of this folder, from the sources and from a build alike. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Recording {
  readonly description: string;
  readonly keys: {
    readonly daemon: RecordedKeypair;
    readonly peer: RecordedKeypair;
    readonly presharedKey: string;
  };
  readonly parameters: Readonly<Record<string, number | string | boolean>>;
  readonly endpoints: { readonly daemon: string; readonly peer: string };
  readonly sessions: readonly RecordedSession[];
  readonly datagrams: readonly RecordedDatagram[];
}

export interface RecordedKeypair {
  readonly staticPrivate: string;
  readonly staticPublic: string;
}

export interface RecordedSession {
  readonly id: number;
  readonly peerIndex: number;
  readonly daemonIndex: number;
  readonly peerSendKey: string;
  readonly daemonSendKey: string;
}

/** Fields beyond the first five are there where the kind has them. */
export interface RecordedDatagram {
  readonly n: number;
  readonly from: 'peer' | 'daemon';
  readonly ms: number;
  readonly kind: 'ipacket' | 'junk' | 'initiation' | 'response' | 'cookie' | 'transport';
  readonly what?: string;
  readonly hex: string;
  /** Without prefix and trailer, unmasked. */
  readonly message?: string;
  readonly prefix?: string;
  readonly trailer?: string;
  readonly type?: number;
  readonly sender?: number;
  readonly receiver?: number;
  readonly ephemeralPrivate?: string;
  readonly timestamp?: string;
  readonly nonce?: string;
  readonly cookie?: string;
  readonly session?: number;
  readonly counter?: number;
  readonly plaintext?: string;
  readonly expect?: string;
  readonly repeat?: number;
}

export const RECORDINGS = ['null-peer-initiator', 'awg20-peer-initiator', 'awg31-peer-initiator'] as const;

/** In these the daemon initiates, too; see recorder/scenario.ts. */
export const SESSION_RECORDINGS = [
  'awg10-session',
  'awg15-session',
  'awg20-session',
  'awg30-session',
  'awg31-session',
] as const;

export type SessionRecordingName = (typeof SESSION_RECORDINGS)[number];

export function loadRecording(name: (typeof RECORDINGS)[number] | SessionRecordingName): Recording {
  return JSON.parse(readFileSync(join(vectorsFolder(), `${name}.json`), 'utf8')) as Recording;
}

/** The build holds no data files: those of the sources serve, above it in the tree. */
function vectorsFolder(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const vectors = join(folder, 'test', 'vectors');
    if (existsSync(join(vectors, 'README.md'))) return vectors;
    if (dirname(folder) === folder) throw new Error('no test/vectors above this module');
  }
}
