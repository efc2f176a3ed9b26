/** A way to soak: something that can be done for as long as one likes. */
import type { SoakOptions } from './options.ts';

export interface SoakMode {
  readonly name: string;
  /** One line for the help. */
  readonly about: string;
  /** Whether all was well. */
  run(options: SoakOptions, print: (line: string) => void): Promise<boolean>;
}
