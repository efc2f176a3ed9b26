/** Finding and opening the configuration file that a command names. */
import type { FileHandle } from 'node:fs/promises';
import { open, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ConfigError } from './config-error.ts';
import { distrustOf } from './trusted-file.ts';

/** Searched in this order for NAME.conf. */
export const CONFIG_DIRECTORIES = ['/etc/amnezia/amneziawg', '/etc/wireguard'] as const;

/** BOUNDED: no honest configuration is larger. */
const MAX_CONFIG_BYTES = 16 * 1024 * 1024;

export interface ConfigFile {
  /** Name of the interface, from the name of the file. */
  readonly interfaceName: string;
  readonly path: string;
  readonly text: string;
  /** Complete sentences about the file itself. */
  readonly warnings: readonly string[];
  /** Who beside root could have written it, as half a sentence; undefined where nobody could. */
  readonly distrust: string | undefined;
}

/** What Linux and awg-quick both accept as an interface name. */
export function isInterfaceName(text: string): boolean {
  return /^[a-zA-Z0-9_=+.-]{1,15}$/.test(text) && text !== '.' && text !== '..';
}

/**
 * Opens NAME (looked up in CONFIG_DIRECTORIES) or a path that ends in NAME.conf.
 *
 * @throws ConfigError 'bad-name', 'not-found', 'unreadable' or 'too-large'
 */
export async function readConfigFile(
  nameOrPath: string,
  directories: readonly string[] = CONFIG_DIRECTORIES,
): Promise<ConfigFile> {
  const interfaceName = interfaceNameOf(nameOrPath);
  const path = isPath(nameOrPath) ? nameOrPath : await findConfig(nameOrPath, directories);
  const { text, distrust } = await readText(path);
  return { interfaceName, path, text, warnings: await exposureWarnings(path), distrust };
}

/** The interface that NAME or a path to NAME.conf stands for. */
export function interfaceNameOf(nameOrPath: string): string {
  const name = isPath(nameOrPath) ? basename(nameOrPath).replace(/\.conf$/, '') : nameOrPath;
  if (isPath(nameOrPath) && !nameOrPath.endsWith('.conf'))
    throw badName(nameOrPath, 'is a path but does not end in ".conf"');
  if (!isInterfaceName(name))
    throw badName(nameOrPath, 'does not give an interface name: 1 to 15 of the characters a-z A-Z 0-9 _ = + . -');
  return name;
}

/** Where a new file goes that NAME or a path to NAME.conf stands for. @throws ConfigError 'bad-name' */
export function newConfigPath(nameOrPath: string, directory: string = CONFIG_DIRECTORIES[0]): string {
  const name = interfaceNameOf(nameOrPath);
  return isPath(nameOrPath) ? nameOrPath : join(directory, `${name}.conf`);
}

function isPath(nameOrPath: string): boolean {
  return nameOrPath.includes('/') || nameOrPath.endsWith('.conf');
}

async function findConfig(name: string, directories: readonly string[]): Promise<string> {
  for (const directory of directories) {
    const path = join(directory, `${name}.conf`);
    const found = await stat(path).catch((error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? undefined : error,
    );
    if (found !== undefined) return path;
  }
  const tried = directories.map((directory) => join(directory, `${name}.conf`)).join(' nor ');
  throw new ConfigError('not-found', { file: name, line: 0, key: '', value: '' }, `there is neither ${tried}`);
}

async function readText(path: string): Promise<Pick<ConfigFile, 'text' | 'distrust'>> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw openError(path, error);
  });
  try {
    const found = await file.stat();
    if (found.size > MAX_CONFIG_BYTES)
      throw new ConfigError('too-large', wholeFile(path), `is larger than ${MAX_CONFIG_BYTES} bytes`);
    return { text: await file.readFile('utf8'), distrust: distrustOf(await placeOf(file, path), found) };
  } catch (error) {
    throw error instanceof ConfigError ? error : openError(path, error as NodeJS.ErrnoException);
  } finally {
    await file.close();
  }
}

/** Of what was opened, whatever its name leads to by now. */
async function placeOf(file: FileHandle, path: string): Promise<string> {
  return await readlink(`/proc/self/fd/${file.fd}`).catch(() => realpath(path));
}

/** Why a file cannot be read. */
export function openError(path: string, error: NodeJS.ErrnoException): ConfigError {
  if (error.code === 'ENOENT') return new ConfigError('not-found', wholeFile(path), 'there is no such file');
  if (error.code === 'EACCES') return new ConfigError('unreadable', wholeFile(path), 'may not be read by this user');
  return new ConfigError('unreadable', wholeFile(path), `cannot be read (${error.code ?? error.message})`);
}

/** A private key that everyone on the system can read is worth a word; as awg-quick, not a refusal. */
async function exposureWarnings(path: string): Promise<string[]> {
  const [file, directory] = await Promise.all([stat(path), stat(dirname(path))]);
  const exposed = (file.mode & directory.mode & 0o007) !== 0;
  return exposed ? [`${path}: is accessible to every user of this system; "chmod 600" it`] : [];
}

function wholeFile(path: string): { file: string; line: number; key: string; value: string } {
  return { file: path, line: 0, key: '', value: '' };
}

function badName(nameOrPath: string, complaint: string): ConfigError {
  return new ConfigError('bad-name', { file: 'command line', line: 0, key: '', value: nameOrPath }, complaint);
}
