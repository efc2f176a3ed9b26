/** A configuration as the rules see it: what was read, and where each thing stands. */
import type { X25519Keypair } from '../../protocol/crypto.ts';
import type { AwgParameters } from '../../protocol/obfuscation/awg-parameters.ts';
import type { PeerEntry, TunnelConfig } from '../config/tunnel-config.ts';
import type { CarrierName } from './carrier-overhead.ts';
import type { LintFinding, Severity } from './lint-finding.ts';

export interface LintSubject {
  readonly config: TunnelConfig;
  readonly parameters: AwgParameters;
  readonly keypair: X25519Keypair;
  /** All [Interface] sections as one. */
  readonly device: LintSection;
  /** In the order of `config.peers`. */
  readonly peers: readonly LintPeer[];
  /** Of the file, as `stat` has it; undefined for a text that is in no file. */
  readonly mode: number | undefined;
  /** Bytes of the narrowest link to the peers. */
  readonly pathMtu: number;
  readonly carrier: CarrierName;
}

export interface LintPeer extends LintSection {
  readonly entry: PeerEntry;
}

export interface LintSection {
  /** Where it begins. */
  readonly line: number;
  /** By lower-case key, in the order of the file. */
  readonly entries: ReadonlyMap<string, readonly LintEntry[]>;
}

export interface LintEntry {
  readonly line: number;
  readonly value: string;
}

export interface LintRule {
  /** What it is about, for whoever reads the table. */
  readonly name: string;
  readonly check: (subject: LintSubject) => readonly UnplacedFinding[];
}

/** All but the file, which is the same for all. */
export type UnplacedFinding = Omit<LintFinding, 'file'>;

/** The last line of a key, which counts where it may be given once; else that of its section. */
export function lineOf(section: LintSection, key: string): number {
  return section.entries.get(key.toLowerCase())?.at(-1)?.line ?? section.line;
}

/** The line of the entry that mentions `text`, or as `lineOf`. */
export function lineOfText(section: LintSection, key: string, text: string): number {
  const entries = section.entries.get(key.toLowerCase()) ?? [];
  return entries.find(({ value }) => value.includes(text))?.line ?? lineOf(section, key);
}

/** @param place `[line, key]` */
export function finding(
  severity: Severity,
  code: string,
  [line, key]: readonly [number, string],
  text: string,
  fix = '',
): UnplacedFinding {
  return { code, severity, line, key, text, fix };
}
