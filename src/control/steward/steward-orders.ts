/**
 * What a confined daemon asks of its steward: one JSON object a line, and one in answer. Nothing in an
 * order names a file or a command: what the steward has to do with was settled before the daemon gave
 * its rights away.
 */
import type { LastingEffect } from '../../device/lasting-effect.ts';
import type { ConfigFile } from '../config/file.ts';
import type { TextFile } from '../config/text-file.ts';

/** What the steward is in charge of; the first line that it is sent, and the only one without an answer. */
export interface StewardSetup {
  readonly name: string;
  readonly runtimeDirectory: string;
  readonly configFile: string;
  /** Sockets that are removed in the end. */
  readonly sockets: readonly string[];
  /** The file in which carriers are remembered. */
  readonly carrierMemory: string | undefined;
}

export type StewardOrder =
  /** The first one. Until then the daemon keeps its record itself. */
  | { readonly order: 'take-over' }
  | { readonly order: 'record'; readonly effect: LastingEffect }
  | { readonly order: 'undo'; readonly effect: LastingEffect }
  | { readonly order: 'forget'; readonly effect: LastingEffect }
  /** With the bytes of addresses as JSON has them (`bytesToJson`). */
  | { readonly order: 'write-filter'; readonly content: unknown }
  | { readonly order: 'release' }
  | { readonly order: 'remove-sockets' }
  | { readonly order: 'read-config' }
  | { readonly order: 'remember-carriers'; readonly text: string };

/** The configuration as it is now, and the files that it names; those that cannot be read with the reason. */
export interface ConfigReading {
  readonly file: ConfigFile;
  readonly others: ReadonlyArray<readonly [path: string, content: TextFile | { readonly code: string }]>;
}

export type StewardReply =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly message: string };

/** Of a carrier memory; the same limit as where it is read. */
export const MAX_MEMORY_TEXT = 1 << 20;
