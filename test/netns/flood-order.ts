/** What a test asks of the flood program (one argument of JSON), and what it hears when the flood is over. */

/** Lengths of invented datagrams: all from 0 to this. */
export const LONGEST_GARBAGE = 1600;

/** How a message begins: bytes before its type (S1-S4), and the types that it may have (H1-H4). */
export interface ShapeOnWire {
  readonly prefix: number;
  readonly low: number;
  readonly high: number;
}

export interface FloodOrder {
  /** Each gets every other batch. */
  readonly targets: readonly string[];
  readonly port: number;
  /** Over all targets. */
  readonly datagrams: number;
  readonly perSecond: number;
  /** Ends the flood, complete or not. */
  readonly limitMilliseconds: number;
  readonly seed: number;
  /** Of the profile, so that some of what is invented passes for a message. */
  readonly shapes: readonly ShapeOnWire[];
  /** File with real datagrams, one in hex per line. */
  readonly samples: string;
}

export interface FloodReport {
  /** Datagrams that the system took, by target. */
  readonly sent: readonly number[];
  readonly failed: number;
  readonly byKind: Readonly<Record<string, number>>;
  /** Different lengths among the invented ones. */
  readonly lengths: number;
  /** What the targets said to it. */
  readonly answers: number;
  readonly milliseconds: number;
}
