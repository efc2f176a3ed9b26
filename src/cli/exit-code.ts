/** How the program ends, and what it says when that is not well. See docs/cli.md. */
import { CommanderError } from 'commander';
import { CodecError } from '../control/codec/codec-error.ts';
import { ConfigError } from '../control/config/config-error.ts';
import { SerialiseError } from '../control/config/serialise.ts';
import { PresetError } from '../control/presets/preset-error.ts';
import { ServerError } from '../control/server/server-error.ts';

export const EXIT = { success: 0, failure: 1, usage: 2 } as const;

/** A command line that makes no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'usage';
}

/** How a command ends that did its work and found something: it has said what, so nothing is added. */
export class EndWith extends Error {
  override readonly name = 'EndWith';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`ends with ${exitCode}`);
    this.exitCode = exitCode;
  }
}

const HOPELESS = [UsageError, ConfigError, CodecError, SerialiseError, PresetError, ServerError];

/** Usage and configuration errors end with 2: running the same again cannot help. Everything else with 1. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.success : EXIT.usage;
  if (error instanceof EndWith) return error.exitCode;
  return HOPELESS.some((kind) => error instanceof kind) ? EXIT.usage : EXIT.failure;
}

/** One line for standard error, or undefined where commander or the command has already spoken. */
export function complaintOf(error: unknown): string | undefined {
  if (error instanceof CommanderError || error instanceof EndWith) return undefined;
  const text = error instanceof Error ? error.message : String(error);
  return `awg-vpn: ${text}\n`;
}
