/**
 * Reads the text format of Prometheus as its description has it, and knows nothing of who wrote it: every
 * line is a comment, HELP, TYPE or a sample; families are not torn apart; no series comes twice.
 */
export interface ReadSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

export interface Exposition {
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly ReadSample[];
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)(?: -?\d+)?$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(?:,|$)/y;
const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];

/** @throws Error that says which line is none */
export function readExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const types = new Map<string, string>();
  const samples: ReadSample[] = [];
  const series = new Set<string>();
  let family = '';
  for (const line of text.slice(0, -1).split('\n')) {
    if (line.startsWith('# ')) family = readComment(line, types);
    else samples.push(readSample(line, family, types, series));
  }
  return { types, samples };
}

/** Returns the family that it opens. */
function readComment(line: string, types: Map<string, string>): string {
  const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
  if (kind === 'HELP' && types.has(name)) throw new Error(`family ${name} comes twice`);
  if (kind === 'TYPE') {
    if (!TYPES.includes(rest)) throw new Error(`"${rest}" is no type: ${line}`);
    types.set(name, rest);
  }
  return name;
}

function readSample(line: string, family: string, types: ReadonlyMap<string, string>, series: Set<string>): ReadSample {
  const [, name = '', labelText = '', valueText = ''] = SAMPLE.exec(line) ?? [];
  const plain = types.get(family) === 'histogram' ? name.replace(/_(bucket|sum|count)$/, '') : name;
  if (name === '' || plain !== family) throw new Error(`no sample of ${family}: ${line}`);
  const value = Number(valueText.replace('Inf', 'Infinity'));
  if (Number.isNaN(value)) throw new Error(`no number: ${line}`);
  const labels = readLabels(labelText);
  const key = `${name} ${[...labels]
    .map(String)
    .sort((a, b) => (a < b ? -1 : 1))
    .join(' ')}`;
  if (series.has(key)) throw new Error(`comes twice: ${line}`);
  series.add(key);
  return { name, labels, value };
}

function readLabels(text: string): Map<string, string> {
  const labels = new Map<string, string>();
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const match = LABEL.exec(text);
    if (match === null) throw new Error(`no labels: ${text}`);
    const [, name = '', value = ''] = match;
    labels.set(
      name,
      value.replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character)),
    );
  }
  return labels;
}
