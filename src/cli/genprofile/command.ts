/** `awg-vpn genprofile`: a new AmneziaWG profile, as lines for both ends of a tunnel. */
import type { GuiseName } from '../../control/presets/guises/table.ts';
import { createPreset } from '../../control/presets/preset.ts';
import { SystemRandom } from '../../crypto/system-random.ts';
import type { Generation } from '../../protocol/obfuscation/generation.ts';
import type { CliCommand } from '../command.ts';
import { warnWhenExposed } from '../key-text.ts';
import { generationOption, hostOption, likeOption } from '../profile-options.ts';
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
      .addOption(likeOption().default('random'))
      .addOption(generationOption())
      .addOption(hostOption())
      .option('--json', 'print JSON')
      .action((options: GenprofileOptions) => {
        const preset = createPreset(options, new SystemRandom());
        if (preset.parameters.headerProtectionKey !== undefined) warnWhenExposed(context);
        context.stdout(options.json === true ? renderJson(preset) : renderLines(preset));
      });
  },
};
