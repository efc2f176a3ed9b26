/** `awg-vpn genprofile`: a new AmneziaWG profile, as lines for both ends of a tunnel. */
import { InvalidArgumentError, Option } from 'commander';
import type { GuiseName } from '../../control/presets/guises/table.ts';
import { GUISES } from '../../control/presets/guises/table.ts';
import { requireHostName } from '../../control/presets/host-name.ts';
import type { Preset } from '../../control/presets/preset.ts';
import { createPreset } from '../../control/presets/preset.ts';
import { PresetError } from '../../control/presets/preset-error.ts';
import { SystemRandom } from '../../crypto/system-random.ts';
import type { Generation } from '../../protocol/obfuscation/generation.ts';
import { GENERATIONS } from '../../protocol/obfuscation/generation.ts';
import type { CliCommand } from '../command.ts';
import { UsageError } from '../exit-code.ts';
import { warnWhenExposed } from '../key-text.ts';
import { renderJson, renderLines } from './render.ts';

interface GenprofileOptions {
  readonly like: GuiseName;
  readonly generation: Generation;
  readonly host?: string;
  readonly json?: boolean;
}

export const genprofile: CliCommand = {
  name: 'genprofile',
  summary: 'print new AmneziaWG settings for both ends of a tunnel',
  examples: [
    { line: 'awg-vpn genprofile', explanation: 'random datagrams, AmneziaWG 2.0' },
    { line: 'awg-vpn genprofile --like quic --host www.example.com', explanation: 'as if a browser went there' },
    { line: 'awg-vpn genprofile --generation 3.1', explanation: 'with header protection and trailers' },
    { line: 'awg-vpn genprofile --like dns --json', explanation: 'for programs' },
  ],
  configure(command, context) {
    command
      .addOption(
        new Option('--like <protocol>', 'what the datagrams before a handshake imitate')
          .choices(Object.keys(GUISES))
          .default('random'),
      )
      .addOption(
        new Option('--generation <version>', 'newest AmneziaWG that both ends speak')
          .choices(GENERATIONS)
          .default('2.0'),
      )
      .option('--host <name>', 'server that the imitation names (default: a well-known one)', hostArgument)
      .option('--json', 'print JSON')
      .action((options: GenprofileOptions) => {
        const preset = fittingPreset(options);
        if (preset.parameters.headerProtectionKey !== undefined) warnWhenExposed(context);
        context.stdout(options.json === true ? renderJson(preset) : renderLines(preset));
      });
  },
};

/** Only a host name can make a preset that does not fit, and that is a matter of usage. */
function fittingPreset(options: GenprofileOptions): Preset {
  try {
    return createPreset(options, new SystemRandom());
  } catch (error) {
    throw error instanceof PresetError ? new UsageError(error.message) : error;
  }
}

function hostArgument(text: string): string {
  try {
    return requireHostName(text);
  } catch (error) {
    throw error instanceof PresetError ? new InvalidArgumentError(error.message) : error;
  }
}
