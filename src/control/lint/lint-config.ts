/** All rules over one configuration. */
import { nodeCrypto } from '../../crypto/node-crypto.ts';
import { readSections } from '../config/lines.ts';
import type { ObfuscationDraft } from '../config/obfuscation-keys.ts';
import { newObfuscationDraft, OBFUSCATION_KEYS } from '../config/obfuscation-keys.ts';
import type { TunnelConfig } from '../config/tunnel-config.ts';
import type { CarrierName } from './carrier-overhead.ts';
import type { LintFinding } from './lint-finding.ts';
import { SEVERITIES } from './lint-finding.ts';
import type { LintEntry, LintSection, LintSubject } from './lint-subject.ts';
import { readLeniently } from './read-leniently.ts';
import { RULES } from './rules.ts';

export interface LintOptions {
  /** As `stat` has it. */
  readonly mode?: number;
  /** Bytes; Ethernet where nobody says. */
  readonly pathMtu?: number;
  readonly carrier?: CarrierName;
}

const ETHERNET = 1_500;

/** Errors first, then in the order of the file. */
export function lintConfig(text: string, file: string, options: LintOptions = {}): LintFinding[] {
  const { config, text: readable, findings } = readLeniently(text, file);
  const subject = config && subjectOf(config, readable, options);
  const found = subject === undefined ? [] : RULES.flatMap((rule) => rule.check(subject));
  return [...findings, ...found.map((each) => ({ ...each, file }))].sort(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || a.line - b.line,
  );
}

function subjectOf(config: TunnelConfig, text: string, options: LintOptions): LintSubject {
  const sections = readSections(text, config.file).map(({ kind, line, entries }) => ({
    kind,
    ...sectionOf(line, entries),
  }));
  const own = sections.filter(({ kind }) => kind === 'interface');
  const device = sectionOf(own[0]?.line ?? 0, own.flatMap(flatten));
  const peers = sections.filter(({ kind }) => kind === 'peer');
  return {
    config,
    parameters: parametersOf(device, config.file),
    keypair: nodeCrypto().loadPrivateKey(config.privateKey),
    device,
    peers: config.peers.map((entry, index) => ({ ...(peers[index] ?? sectionOf(0, [])), entry })),
    mode: options.mode,
    pathMtu: options.pathMtu ?? ETHERNET,
    carrier: options.carrier ?? 'udp',
  };
}

type KeyedEntry = LintEntry & { readonly key: string };

function sectionOf(line: number, entries: readonly KeyedEntry[]): LintSection {
  const byKey = new Map<string, LintEntry[]>();
  for (const { key, line: at, value } of entries) {
    const name = key.toLowerCase();
    byKey.set(name, [...(byKey.get(name) ?? []), { line: at, value }]);
  }
  return { line, entries: byKey };
}

function flatten({ entries }: LintSection): KeyedEntry[] {
  return [...entries].flatMap(([key, each]) => each.map((entry) => ({ ...entry, key })));
}

/** The AWG keys before they became a profile. They have been read once, so nothing is wrong with them. */
function parametersOf(device: LintSection, file: string): ObfuscationDraft['parameters'] {
  const draft = newObfuscationDraft();
  for (const meaning of OBFUSCATION_KEYS) {
    const { name } = meaning;
    const entry = device.entries.get(name.toLowerCase())?.at(-1);
    if (entry !== undefined)
      meaning.read(draft, { file, line: entry.line, key: name, value: entry.value }, () => undefined);
  }
  return draft.parameters;
}
