/**
 * `npm run soak`: the same for as long as told, to find what shows itself rarely or slowly. `sim` lives
 * through simulated worlds; each mode says what else there is. Exit code 1 when something was found.
 */
import type { SoakMode } from './mode.ts';
import { parseSoakOptions, usageOf } from './options.ts';
import { rigMode } from './rig/rig-mode.ts';
import { simMode } from './sim/sim-mode.ts';

const MODES: readonly SoakMode[] = [simMode, rigMode];

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    console.log(usageOf(MODES));
    return 0;
  }
  const options = parseSoakOptions(args);
  const mode = MODES.find(({ name }) => name === options.mode);
  if (mode === undefined) throw new RangeError(`there is no mode '${options.mode}': ${usageOf(MODES)}`);
  return (await mode.run(options, (line) => console.log(line))) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`soak: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
