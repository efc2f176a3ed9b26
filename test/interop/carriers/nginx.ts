/** Debian's nginx in front of a WebSocket listener, configured as docs/carriers.md tells people to. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackgroundProcess } from '../../support/command.ts';
import type { NetworkNamespace } from '../../support/network-namespace.ts';
import type { Scope } from '../../support/scope.ts';
import type { SelfSigned } from '../../support/self-signed.ts';
import { waitFor } from '../../support/wait.ts';

export const PAGE = 'a site that a visitor may see\n';

export interface NginxOptions {
  readonly identity: SelfSigned;
  /** The path that leads into the tunnel, and where it leads. */
  readonly path: string;
  readonly upstream: string;
  readonly httpPort: number;
  readonly httpsPort: number;
}

function configuration(folder: string, { path, upstream, httpPort, httpsPort }: NginxOptions): string {
  return `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  map $http_upgrade $connection_upgrade {
    default upgrade;
    ''      close;
  }
  server {
    listen ${httpPort};
    listen ${httpsPort} ssl;
    server_name vpn.example;
    ssl_certificate     ${folder}/certificate.pem;
    ssl_certificate_key ${folder}/key.pem;
    root ${folder}/site;
    location = ${path} {
      proxy_pass ${upstream};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header Host $host;
      proxy_buffering off;
      proxy_read_timeout 1h;
      proxy_send_timeout 1h;
    }
  }
}
`;
}

export class Nginx {
  readonly folder: string;
  readonly #scope: Scope;
  readonly #namespace: NetworkNamespace;
  readonly #options: NginxOptions;
  #process: BackgroundProcess | undefined;

  constructor(scope: Scope, namespace: NetworkNamespace, options: NginxOptions) {
    this.#scope = scope;
    this.#namespace = namespace;
    this.#options = options;
    this.folder = mkdtempSync(join(tmpdir(), 'awg-nginx-'));
    const remove = (): void => rmSync(this.folder, { recursive: true, force: true });
    scope.defer(this.folder, remove, remove);
    // Its worker is not root, and has to read the site.
    chmodSync(this.folder, 0o755);
    const { certificate, key } = options.identity;
    writeFileSync(join(this.folder, 'certificate.pem'), certificate);
    writeFileSync(join(this.folder, 'key.pem'), key, { mode: 0o600 });
    mkdirSync(join(this.folder, 'site'));
    writeFileSync(join(this.folder, 'site', 'index.html'), PAGE);
    writeFileSync(join(this.folder, 'nginx.conf'), configuration(this.folder, options));
  }

  async start(): Promise<void> {
    const { folder } = this;
    const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')];
    const nginx = this.#namespace.spawn('nginx', args, {}, this.#scope);
    this.#process = nginx;
    await waitFor('nginx', () => this.get('/').then((answer) => answer !== ''), { explain: () => nginx.output });
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  /** What a visitor gets over plain HTTP, head and all; nothing while nobody listens. */
  async get(path: string): Promise<string> {
    const request = `GET ${path} HTTP/1.0\\r\\nHost: vpn.example\\r\\n\\r\\n`;
    const script = `exec 3<>/dev/tcp/127.0.0.1/${this.#options.httpPort} && printf '${request}' >&3 && cat <&3`;
    return this.#namespace.run('bash', ['-c', `(${script}) 2>/dev/null || true`]);
  }
}
