/**
 * The files of a server: `wg0.conf`, and beside it the folder `wg0.clients` with the file of each
 * client, private key and all, and what new clients get. Only their owner may look at any of them.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { interfaceNameOf, newConfigPath, readConfigFile } from '../../control/config/file.ts';
import { writeSecretFile } from '../../control/config/secret-file.ts';
import type { ClientDefaults } from '../../control/server/client-defaults.ts';
import { BUILT_IN_DEFAULTS, defaultsText, parseDefaults } from '../../control/server/client-defaults.ts';
import { requireClientName } from '../../control/server/client-name.ts';
import type { ServerConfig } from '../../control/server/server-config.ts';
import { readServer } from '../../control/server/server-config.ts';
import { ServerError } from '../../control/server/server-error.ts';
import { withDirectoryLock } from '../../platform/linux/directory-lock.ts';

/** No name of a client begins so. */
const DEFAULTS_FILE = '_defaults.json';

/** How long another command that changes a server may take. */
const PATIENCE_MS = 5000;

export class ServerFiles {
  /** Of the server's interface. */
  readonly name: string;
  /** Of the server's own file. */
  readonly path: string;
  /** Where its clients' files are. */
  readonly folder: string;

  private constructor(name: string, path: string) {
    this.name = name;
    this.path = path;
    this.folder = path.replace(/\.conf$/, '.clients');
  }

  /** @throws ConfigError 'not-found' and others */
  static async find(nameOrPath: string): Promise<ServerFiles> {
    const { interfaceName, path } = await readConfigFile(nameOrPath);
    return new ServerFiles(interfaceName, path);
  }

  /** Those that a new server would have. @throws ConfigError 'bad-name' */
  static of(nameOrPath: string): ServerFiles {
    return new ServerFiles(interfaceNameOf(nameOrPath), newConfigPath(nameOrPath));
  }

  /** Does the work while no other command changes this server or another beside it. @throws ServerError 'busy' */
  async alone<Result>(work: () => Result): Promise<Result> {
    const directory = dirname(this.path);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const done = await withDirectoryLock(directory, PATIENCE_MS, () => ({ result: work() }));
    if (done !== undefined) return done.result;
    throw new ServerError('busy', `${directory}: another command is changing a server there; try again`);
  }

  get exists(): boolean {
    return existsSync(this.path);
  }

  /** @throws ConfigError */
  read(): ServerConfig {
    return readServer(readFileSync(this.path, 'utf8'), this.path);
  }

  write(text: string): void {
    writeSecretFile(this.path, text);
  }

  /** Those of the folder, or built in. @throws ServerError 'bad-defaults' */
  readDefaults(): ClientDefaults {
    const path = join(this.folder, DEFAULTS_FILE);
    return existsSync(path) ? parseDefaults(readFileSync(path, 'utf8'), path) : BUILT_IN_DEFAULTS;
  }

  storeDefaults(defaults: ClientDefaults): void {
    this.#makeFolder();
    writeSecretFile(join(this.folder, DEFAULTS_FILE), defaultsText(defaults));
  }

  /** Names of the clients whose files are kept. */
  storedClients(): string[] {
    const files = existsSync(this.folder) ? readdirSync(this.folder) : [];
    return files.filter((file) => file.endsWith('.conf')).map((file) => file.slice(0, -'.conf'.length));
  }

  storeClient(name: string, text: string): void {
    this.#makeFolder();
    writeSecretFile(this.clientPath(name), text);
  }

  /** @throws ServerError 'not-stored' */
  readClient(name: string): string {
    const path = this.clientPath(name);
    if (existsSync(path)) return readFileSync(path, 'utf8');
    throw new ServerError(
      'not-stored',
      `${path}: there is no such file: the client was made elsewhere, or with --forget, and its private key is not known here`,
    );
  }

  forgetClient(name: string): void {
    rmSync(this.clientPath(name), { force: true });
  }

  /** The clients of a server that is replaced are nobody's any more. */
  forgetAll(): void {
    for (const name of this.storedClients()) this.forgetClient(name);
  }

  /** @throws ServerError 'bad-client-name' before anything outside of the folder could be meant */
  clientPath(name: string): string {
    return join(this.folder, `${requireClientName(name)}.conf`);
  }

  #makeFolder(): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    chmodSync(this.folder, 0o700);
  }
}
