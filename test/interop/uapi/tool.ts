/** `wg` and `awg` in the hands of a test, and ours beside them. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Scope } from '../../support/scope.ts';

/** The compiled program; this file lies at dist/test/interop/uapi/ when it runs. */
const PROGRAM = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));

export interface Outcome {
  readonly code: number;
  /** Both streams: what is said, and what is complained about. */
  readonly text: string;
}

export type Tool = (...args: readonly string[]) => Promise<Outcome>;

export const ours: Tool = (...args) => outcomeOf(process.execPath, [PROGRAM, ...args]);

export function tool(program: 'wg' | 'awg', environment: Readonly<Record<string, string>> = {}): Tool {
  return (...args) => outcomeOf(program, args, environment);
}

function outcomeOf(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const env = { ...process.env, ...environment };
  return new Promise((resolve, reject) => {
    execFile(program, args, { env, timeout: 30_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number') resolve({ code, text: `${stdout}${stderr}` });
      else reject(new Error(`${program} ${args.join(' ')}: ${error?.message}`));
    });
  });
}

/** A folder for the files that such tools take. */
export class Files {
  readonly #folder = mkdtempSync(join(tmpdir(), 'awg-vpn-files-'));

  constructor(scope: Scope) {
    const remove = (): void => rmSync(this.#folder, { recursive: true, force: true });
    scope.defer(this.#folder, remove, remove);
  }

  write(name: string, text: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }
}
