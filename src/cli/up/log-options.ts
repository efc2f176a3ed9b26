/** The options of `up` that are about its log. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { ConfigError } from '../../control/config/config-error.ts';
import { Redaction } from '../../control/log/redaction.ts';
import type { CliContext } from '../command.ts';
import { writesToJournal } from '../journal.ts';
import type { Log, LogFormat, LogLevel } from '../log.ts';
import { createLog, LOG_FORMATS, LOG_LEVELS } from '../log.ts';

export interface LogChoice {
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly logEndpoints?: boolean;
}

/** A log, and what it must not show. */
export interface OpenLog {
  readonly log: Log;
  readonly redaction: Redaction;
}

export function addLogOptions(command: Command): void {
  command
    .addOption(
      new Option('--log-level <level>', 'least important messages to show').choices(LOG_LEVELS).default('info'),
    )
    .addOption(
      new Option(
        '--log-format <format>',
        'lines for people or for programs; auto: people read terminals and the journal',
      )
        .choices(LOG_FORMATS)
        .default('auto'),
    )
    .option('--log-endpoints', 'show addresses and host names in the log');
}

/** @param isCheck what is said is for whoever wrote the file, and not a log */
export function openLog(choice: LogChoice, context: CliContext, isCheck: boolean): OpenLog {
  const { logLevel: level, logFormat } = choice;
  const format = isCheck && logFormat === 'auto' ? 'text' : logFormat;
  const redaction = new Redaction({ showEndpoints: isCheck || choice.logEndpoints === true, quotes: isCheck });
  return { log: createLog({ level, format, redaction }, context), redaction };
}

/**
 * What is wrong with a file is quoted to whoever started this, but not to the journal. What
 * else keeps a tunnel from running is told in full to somebody at a terminal only.
 */
export function complaintFor(error: unknown, { redaction }: OpenLog, context: CliContext): unknown {
  if (!(error instanceof Error)) return error;
  const isQuoted =
    context.stderrIsTerminal === true || (error instanceof ConfigError && !writesToJournal(context.environment));
  error.message = isQuoted ? redaction.withoutSecrets(error.message) : redaction.line(error.message);
  return error;
}
