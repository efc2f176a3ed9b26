/** What a section of the bench is to the rest of it. */
import type { BenchOptions } from './options.ts';
import type { Figure, SectionName } from './results/figure.ts';
import type { Flame } from './results/run-report.ts';

export interface SectionResult {
  readonly figures: readonly Figure[];
  readonly flames?: readonly Flame[];
  /** What took part, as it names itself. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Rules that must hold on any machine and did not. The run fails. */
  readonly failures?: readonly string[];
}

export interface Section {
  readonly name: SectionName;
  /** Why it cannot run here, or undefined. */
  unavailable(): string | undefined | Promise<string | undefined>;
  /** `progress` takes lines for people who wait. */
  run(options: BenchOptions, progress: (line: string) => void): Promise<SectionResult>;
}
