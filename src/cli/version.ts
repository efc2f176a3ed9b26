/** The version of this package. */
import { readFileSync } from 'node:fs';

/** The sources lie two levels below package.json, the compiled files three. */
const PACKAGE_FILE = new URL(
  import.meta.url.endsWith('.ts') ? '../../package.json' : '../../../package.json',
  import.meta.url,
);

export const VERSION: string = (JSON.parse(readFileSync(PACKAGE_FILE, 'utf8')) as { version: string }).version;
