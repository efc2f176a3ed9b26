/** A disk of a few pages, in memory, to be filled up. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../support/command.ts';
import type { Scope } from '../../support/scope.ts';

const DISK_BYTES = 64 << 10;

export class SmallDisk {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async mount(scope: Scope): Promise<SmallDisk> {
    const path = mkdtempSync(join(tmpdir(), 'awg-vpn-disk-'));
    const unmount = (): void => {
      execFileSync('umount', ['--lazy', path]);
      rmdirSync(path);
    };
    await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES},mode=700`, 'tmpfs', path]);
    scope.defer(path, unmount, unmount);
    return new SmallDisk(path);
  }

  /** Not a byte more goes onto it. */
  fill(): void {
    const { bavail, bsize } = statfsSync(this.path);
    writeFileSync(join(this.path, 'filler'), new Uint8Array(bavail * bsize));
  }

  clear(): void {
    rmSync(join(this.path, 'filler'));
  }
}
