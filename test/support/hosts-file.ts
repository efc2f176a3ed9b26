/** Host names of a network namespace: `ip netns exec` lays this file over /etc/hosts for what it starts. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scope } from './scope.ts';

export class HostsFile {
  readonly #path: string;

  /** Before anything is started in the namespace. */
  constructor(scope: Scope, namespace: string) {
    const folder = join('/etc/netns', namespace);
    const remove = (): void => rmSync(folder, { recursive: true, force: true });
    scope.defer(folder, remove, remove);
    mkdirSync(folder, { recursive: true });
    this.#path = join(folder, 'hosts');
    writeFileSync(this.#path, '');
  }

  /** The only name there is; seen at once by those who ask again. */
  set(name: string, address: string): void {
    // The same file, not another one in its place: that one would not be seen.
    writeFileSync(this.#path, `${address} ${name}\n`);
  }
}
