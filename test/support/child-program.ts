/** Measurements in a process of their own: an order goes in as an argument, a report comes back as a line. */

import { run } from './command.ts';
import type { NetworkNamespace } from './network-namespace.ts';

/** Beyond what the order itself takes. */
const TIMEOUT_MS = 120_000;

export interface ProgramPlace {
  /** Where it runs; default here. */
  readonly namespace?: NetworkNamespace;
  readonly nodeFlags?: readonly string[];
}

/** Path of a program beside `from` (an import.meta.url), without suffix: source or compiled, as the caller is. */
export function programPath(name: string, from: string): string {
  return new URL(`./${name}.${from.endsWith('.ts') ? 'ts' : 'js'}`, from).pathname;
}

/** Runs the program to its end; it must print its report as the last line. */
export async function askProgram<Report>(path: string, order: object, place: ProgramPlace = {}): Promise<Report> {
  const args = [...(place.nodeFlags ?? []), path, JSON.stringify(order)];
  const options = { timeoutMs: TIMEOUT_MS };
  const { namespace } = place;
  const output = await (namespace === undefined
    ? run(process.execPath, args, options)
    : namespace.run(process.execPath, args, options));
  const line = output.trimEnd().split('\n').at(-1) ?? '';
  return JSON.parse(line) as Report;
}
