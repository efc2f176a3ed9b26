/**
 * What the bench finds out, in one shape whatever was measured: a number per round. Everything that
 * comes after a measurement (tables, comparison, document) knows figures and nothing else.
 */
export const SECTION_NAMES = [
  'kernel',
  'path',
  'tunnel',
  'handshakes',
  'peers',
  'workers',
  'carriers',
  'floods',
] as const;

export type SectionName = (typeof SECTION_NAMES)[number];

/** What is measured: a column of a table. */
export interface Measure {
  readonly name: string;
  readonly unit: string;
  readonly better: 'lower' | 'higher';
  /** Differences smaller than this, in the unit, are never worth a word. Default 0. */
  readonly floor?: number;
}

/** Where a figure belongs: a table of its section, and there a row. */
export interface Place {
  readonly section: SectionName;
  readonly table: string;
  readonly subject: string;
  /** Not ours: there to be compared with. */
  readonly foreign?: boolean;
}

/**
 * The same measure, in the same rounds, of something that is not ours: what the machine had left for
 * it says what it had left for us.
 */
export interface Yardstick {
  readonly name: string;
  readonly rounds: readonly number[];
}

export interface Figure extends Place {
  readonly measure: Measure;
  readonly rounds: readonly number[];
  readonly yardstick?: Yardstick;
}

/** Equal for the same figure of two runs. */
export function keyOf({ section, table, subject, measure }: Pick<Figure, keyof Place | 'measure'>): string {
  return [section, table, subject, measure.name].join(' / ');
}

interface Collected extends Place {
  readonly measure: Measure;
  readonly rounds: number[];
  readonly yardstick: { readonly name: string; readonly rounds: number[] } | undefined;
}

/** Collects figures round by round. BOUNDED by what is measured times the rounds. */
export class FigureSet {
  readonly #figures = new Map<string, Collected>();

  /** One more round of a figure; `yardstick` must be given in each of its rounds or in none. */
  add(
    place: Place,
    measure: Measure,
    value: number,
    yardstick?: { readonly name: string; readonly value: number },
  ): void {
    const key = keyOf({ ...place, measure });
    let figure = this.#figures.get(key);
    if (figure === undefined) {
      figure = { ...place, measure, rounds: [], yardstick: yardstick && { name: yardstick.name, rounds: [] } };
      this.#figures.set(key, figure);
    }
    figure.rounds.push(value);
    if (yardstick !== undefined) figure.yardstick?.rounds.push(yardstick.value);
  }

  list(): Figure[] {
    return Array.from(this.#figures.values(), ({ yardstick, ...figure }) => ({
      ...figure,
      ...(yardstick && { yardstick }),
    }));
  }
}

/** Holds each figure against what `subject` did in the same table, measure and rounds, where there is such a figure. */
export function heldAgainst(figures: readonly Figure[], subject: string): Figure[] {
  const byKey = new Map(figures.map((figure) => [keyOf(figure), figure]));
  return figures.map((figure) => {
    const reference = byKey.get(keyOf({ ...figure, subject }));
    if (reference === undefined || reference.rounds.length !== figure.rounds.length) return figure;
    return { ...figure, yardstick: { name: subject, rounds: reference.rounds } };
  });
}
