/** Entry point of the process that `rootless.ts` starts: the demo, now with the privileges it needs. */
import { demoConsole } from './demo-console.ts';
import { runGuarded } from './guarded-run.ts';
import { runTwoHosts } from './two-hosts.ts';

const seconds = Number(process.argv[2]);
const console = demoConsole((text) => process.stdout.write(text));
try {
  await runGuarded((undo, signal) => runTwoHosts({ console, seconds, undo, signal }));
} catch (error) {
  console.endProgress();
  process.send?.(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
process.channel?.unref();
