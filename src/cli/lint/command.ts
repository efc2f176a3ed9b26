/** `awg-vpn lint`: everything that can be said against a configuration without trying it. */
import { stat } from 'node:fs/promises';
import { InvalidArgumentError, Option } from 'commander';
import { readConfigFile } from '../../control/config/file.ts';
import type { CarrierName } from '../../control/lint/carrier-overhead.ts';
import { CARRIER_NAMES } from '../../control/lint/carrier-overhead.ts';
import { lintConfig } from '../../control/lint/lint-config.ts';
import type { LintFinding } from '../../control/lint/lint-finding.ts';
import type { CliCommand, CliContext } from '../command.ts';
import { EndWith, EXIT } from '../exit-code.ts';
import { renderFindings } from './render.ts';

interface LintOptions {
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly pathMtu?: number;
  readonly carrier: CarrierName;
}

export const lint: CliCommand = {
  name: 'lint',
  summary: 'say what is wrong or doubtful in a configuration, and how to mend it',
  examples: [
    { line: 'awg-vpn lint wg0', explanation: 'ends with 2 where something cannot work' },
    { line: 'awg-vpn lint ./client.conf --strict', explanation: 'ends with 1 where there is a warning' },
    { line: 'awg-vpn lint wg0 --path-mtu 1492', explanation: 'for a path narrower than Ethernet' },
    { line: 'awg-vpn lint wg0 --json', explanation: 'for programs' },
  ],
  configure(command, context) {
    command
      .argument('<name>', 'name of a configuration, or path to a file that ends in .conf')
      .option('--json', 'print JSON')
      .option('--strict', 'warnings end with 1')
      .option('--path-mtu <bytes>', 'narrowest link on the way to the peers (default: 1500)', mtuArgument)
      .addOption(new Option('--carrier <name>', 'what the datagrams travel in').choices(CARRIER_NAMES).default('udp'))
      .action((name: string, options: LintOptions) => runLint(name, options, context));
  },
};

async function runLint(name: string, options: LintOptions, context: CliContext): Promise<void> {
  const { path, text } = await readConfigFile(name);
  const { mode } = await stat(path);
  const { carrier, pathMtu } = options;
  const findings = lintConfig(text, path, { mode, carrier, ...(pathMtu === undefined ? {} : { pathMtu }) });
  context.stdout(options.json === true ? `${JSON.stringify(findings, null, 2)}\n` : renderFindings(path, findings));
  const code = codeFor(findings, options.strict === true);
  if (code !== EXIT.success) throw new EndWith(code);
}

function codeFor(findings: readonly LintFinding[], isStrict: boolean): number {
  const has = (severity: LintFinding['severity']): boolean => findings.some((each) => each.severity === severity);
  if (has('error')) return EXIT.usage;
  return isStrict && has('warning') ? EXIT.failure : EXIT.success;
}

const SMALLEST_PATH = 576;
const LARGEST_PATH = 65_535;

function mtuArgument(text: string): number {
  const value = Number(text);
  if (/^\d{1,5}$/.test(text) && value >= SMALLEST_PATH && value <= LARGEST_PATH) return value;
  throw new InvalidArgumentError(`It is not a whole number from ${SMALLEST_PATH} to ${LARGEST_PATH}.`);
}
