/**
 * Programs in a folder that comes first on PATH: a resolvconf that keeps its records in files, as the real
 * ones do, and an nft that goes on to the real one. Each can be told to fail, to be slow, or to kill whoever
 * called it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './command.ts';

/**
 * TROUBLE=program:verb:what, where what is `fail`, `kill-first` (and go on in peace) or `kill-last`. Once:
 * the file that says so is taken away.
 */
const TROUBLE = `
trouble() {
  [ -f "$TROUBLE_FILE" ] || return 0
  read -r what < "$TROUBLE_FILE"
  [ "$what" = "$1" ] || return 0
  rm -f "$TROUBLE_FILE"
  case "$1" in
    *:fail) echo "told to fail" >&2; exit 7;;
    *) kill -9 "$PPID"; sleep 0.3;;
  esac
}`;

const RESOLVCONF = `#!/bin/sh
${TROUBLE}
folder=$RESOLVCONF_FOLDER/interfaces
mkdir -p "$folder"
trouble "resolvconf:$1:fail"
trouble "resolvconf:$1:kill-first"
case "$1" in
  -a) cat > "$folder/$2";;
  -d) if [ ! -f "$folder/$2" ]; then case "$*" in *-f*) exit 0;; *) exit 1;; esac; fi; rm "$folder/$2";;
  *) exit 1;;
esac
cat "$folder"/* > "$RESOLVCONF_FOLDER/resolv.conf" 2>/dev/null
trouble "resolvconf:$1:kill-last"
exit 0
`;

function nft(real: string): string {
  return `#!/bin/sh
${TROUBLE}
input=$(cat)
verb=-a
case "$input" in *'{'*) ;; *) verb=-d;; esac
trouble "nft:$verb:fail"
trouble "nft:$verb:kill-first"
printf '%s\\n' "$input" | ${real} "$@"
status=$?
trouble "nft:$verb:kill-last"
exit $status
`;
}

export class SystemPrograms {
  /** Of resolvconf: `interfaces/`, and `resolv.conf` made from them. */
  readonly records: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly #trouble: string;

  /** @param directory that nobody else uses */
  constructor(directory: string) {
    const folder = join(directory, 'programs');
    this.records = join(directory, 'resolvconf');
    this.#trouble = join(directory, 'trouble');
    mkdirSync(join(this.records, 'interfaces'), { recursive: true });
    writeFileSync(join(this.records, 'resolv.conf'), '');
    mkdirSync(folder);
    writeFileSync(join(folder, 'resolvconf'), RESOLVCONF, { mode: 0o755 });
    writeFileSync(join(folder, 'nft'), nft(findProgram('nft') ?? '/usr/sbin/nft'), { mode: 0o755 });
    this.environment = {
      PATH: `${folder}:${process.env.PATH ?? ''}`,
      RESOLVCONF_FOLDER: this.records,
      TROUBLE_FILE: this.#trouble,
    };
  }

  /** What happens once, such as `nft:-a:kill-last` or `resolvconf:-d:fail`. */
  arrange(trouble: string): void {
    writeFileSync(this.#trouble, `${trouble}\n`);
  }
}
