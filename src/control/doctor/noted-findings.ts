/** Findings about one peer or source, counted: what was drawn from a range differs from datagram to datagram. */
import type { Finding, Parameter } from '../../protocol/diagnosis/finding.ts';
import type { NotedFinding } from './report.ts';

interface Note {
  readonly finding: Finding;
  readonly after: number;
  count: number;
  /** BOUNDED by MAX_VALUES. */
  readonly values: Set<string>;
}

/** Different values kept for each parameter; more of them say no more. */
const MAX_VALUES = 64;

export class NotedFindings {
  /** BOUNDED by the parameters that there are. */
  readonly #notes = new Map<Parameter, Note>();

  get isEmpty(): boolean {
    return this.list().length === 0;
  }

  /** Something that only the right key can show takes the place of a guess. */
  add(finding: Finding, seconds: number): void {
    const known = this.#notes.get(finding.parameter);
    if (known === undefined || (known.finding.certainty === 'likely' && finding.certainty === 'proven')) {
      const values = new Set([finding.theirs]);
      this.#notes.set(finding.parameter, { finding, after: known?.after ?? seconds, count: 1, values });
      return;
    }
    if (known.finding.certainty === 'proven' && finding.certainty === 'likely') return;
    known.count += 1;
    if (known.values.size < MAX_VALUES) known.values.add(finding.theirs);
  }

  has(parameter: Parameter): boolean {
    return this.#notes.has(parameter);
  }

  /** In the order in which they were found. */
  list(): NotedFinding[] {
    const notes = [...this.#notes.values()];
    const isExplained = notes.some(({ finding }) => finding.certainty === 'proven');
    return notes
      .filter((note) => !isUnreadable(note) || (note.count > 1 && !isExplained))
      .map(({ finding, count, after, values }) => ({ ...finding, theirs: summary([...values]), count, after }));
  }
}

/** That nothing can be read is true of junk as well: worth a word when it is seen again, and nothing else is known. */
function isUnreadable({ finding }: Note): boolean {
  return finding.parameter === 'HeaderProtectionKey' && finding.certainty === 'likely';
}

/** Of numbers the lowest and the highest that were seen. */
function summary(values: readonly string[]): string {
  const [first = ''] = values;
  if (values.length === 1) return first;
  const numbers = values.map(Number);
  if (numbers.some(Number.isNaN)) return values.join(' or ');
  return `values from ${Math.min(...numbers)} to ${Math.max(...numbers)}`;
}
