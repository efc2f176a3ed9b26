/** What a command of the program is made of; `commands.ts` has the table of them. */
import type { Command } from 'commander';

export interface CliCommand {
  readonly name: string;
  /** One line for the overview. */
  readonly summary: string;
  /** Complete command lines with a word on each, shown under --help. */
  readonly examples: readonly Example[];
  /** Adds arguments, options and the action. */
  configure(command: Command, context: CliContext): void;
}

export interface Example {
  readonly line: string;
  readonly explanation: string;
}

/** The outside of the program, so that commands can run in tests without a process of their own. */
export interface CliContext {
  readonly stdin: AsyncIterable<Buffer | string>;
  /** Whole texts with their line ends. */
  readonly stdout: (text: string) => void;
  /** Whether nobody reads it any more; for what would print for ever. */
  readonly stdoutIsGone?: () => boolean;
  readonly stderr: (text: string) => void;
  /** What `stderr` writes to, where that is a descriptor of this process. */
  readonly stderrDescriptor?: number;
  /** Whether somebody looks at it. */
  readonly stderrIsTerminal?: boolean;
  readonly environment: NodeJS.ProcessEnv;
  /** Whether standard output is shown to somebody, so that colours make sense. */
  readonly isTerminal?: boolean;
}
