/** Files of ours that are started as processes: `.ts` when run from the sources, `.js` when built. */
import { fileURLToPath } from 'node:url';

/** Path of `name` (relative, without extension) seen from the module `base`. */
export function siblingFile(name: string, base: string): string {
  return fileURLToPath(new URL(name + (base.endsWith('.ts') ? '.ts' : '.js'), base));
}
