/**
 * Answers `GET /metrics`, and nothing else. Whoever asks cannot hold up the tunnel: connections, headers and
 * the time for them are bounded, and there is no body to read.
 */
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { CONTENT_TYPE } from './exposition.ts';
import type { MetricsAddress } from './metrics-address.ts';
import { metricsAddressText } from './metrics-address.ts';
import { MetricsError } from './metrics-error.ts';

/** Scrapers at the same time; more are turned away. */
const MAX_CONNECTIONS = 16;
const MAX_HEADER_BYTES = 8192;
const REQUEST_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 5000;

export class MetricsServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @throws MetricsError 'listen' */
  static async listen(address: MetricsAddress, render: () => string): Promise<MetricsServer> {
    const options = {
      maxHeaderSize: MAX_HEADER_BYTES,
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: REQUEST_TIMEOUT_MS,
    };
    const server = createServer({ ...options, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) =>
      answer(request, response, render),
    );
    server.maxConnections = MAX_CONNECTIONS;
    if (address.kind === 'unix') removeSocket(address.path);
    await bind(server, address);
    // Whoever may look into the directory may ask.
    if (address.kind === 'unix') chmodSync(address.path, 0o660);
    return new MetricsServer(server);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

function answer(request: IncomingMessage, response: ServerResponse, render: () => string): void {
  const path = request.url?.split('?')[0];
  if (request.method !== 'GET' && request.method !== 'HEAD') end(response, 405, 'only GET\n');
  else if (path !== '/metrics') end(response, 404, 'see /metrics\n');
  else answerMetrics(response, render);
}

function answerMetrics(response: ServerResponse, render: () => string): void {
  try {
    end(response, 200, render(), CONTENT_TYPE);
  } catch (error) {
    end(response, 500, `${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function end(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

async function bind(server: Server, address: MetricsAddress): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new MetricsError('listen', `metrics cannot be served at ${metricsAddressText(address)}: ${error.code}`)),
    );
    const listening = (): void => {
      server.removeAllListeners('error');
      // What a connection does wrong is answered or cut by the server itself.
      server.on('error', () => undefined);
      resolve();
    };
    if (address.kind === 'unix') server.listen(address.path, listening);
    else server.listen(address.port, address.host, listening);
  });
}

/** One that a killed process left; anything else is not ours to remove. */
function removeSocket(path: string): void {
  try {
    if (lstatSync(path).isSocket()) unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
