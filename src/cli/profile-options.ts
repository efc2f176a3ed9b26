/** Options of the commands that make AmneziaWG profiles. */
import { InvalidArgumentError, Option } from 'commander';
import { GUISES } from '../control/presets/guises/table.ts';
import { requireHostName } from '../control/presets/host-name.ts';
import { PresetError } from '../control/presets/preset-error.ts';
import { GENERATIONS } from '../protocol/obfuscation/generation.ts';

export function likeOption(): Option {
  return new Option('--like <protocol>', 'what the datagrams before a handshake imitate').choices(Object.keys(GUISES));
}

export function generationOption(): Option {
  return new Option('--generation <version>', 'newest AmneziaWG that both ends speak')
    .choices(GENERATIONS)
    .default('2.0');
}

export function hostOption(): Option {
  return new Option('--host <name>', 'server that the imitation names (default: a well-known one)').argParser(
    hostArgument,
  );
}

function hostArgument(text: string): string {
  try {
    return requireHostName(text);
  } catch (error) {
    throw error instanceof PresetError ? new InvalidArgumentError(error.message) : error;
  }
}
