/** A traffic process (`traffic-main.ts`) in one of the hosts, as the demo holds it. */
import { DemoError } from './demo-error.ts';
import type { DemoHost } from './demo-host.ts';
import type { HostProcess } from './host-process.ts';
import { siblingFile } from './sibling-file.ts';
import type { TrafficReply, TrafficRequest } from './traffic-messages.ts';

export interface Transfer {
  readonly bytes: number;
  readonly milliseconds: number;
}

/** Beyond the time that a transfer shall take. */
const PATIENCE_MS = 10_000;

export class TrafficProcess {
  readonly #process: HostProcess;

  constructor(host: DemoHost) {
    this.#process = host.startNode([siblingFile('./traffic-main', import.meta.url)]);
  }

  /** Resolves to the port to fetch from. */
  async serve(): Promise<number> {
    const reply = await this.#ask({ kind: 'serve' }, 'serving', PATIENCE_MS);
    return reply.port;
  }

  async fetch(
    host: string,
    port: number,
    milliseconds: number,
    onProgress: (soFar: Transfer) => void,
  ): Promise<Transfer> {
    return this.#ask({ kind: 'fetch', host, port, milliseconds }, 'fetched', milliseconds + PATIENCE_MS, onProgress);
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }

  #ask<Kind extends TrafficReply['kind']>(
    request: TrafficRequest,
    answer: Kind,
    patience: number,
    onProgress?: (soFar: Transfer) => void,
  ): Promise<Extract<TrafficReply, { readonly kind: Kind }>> {
    const { channel } = this.#process;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => end(() => reject(failure(`no answer within ${patience} ms`))), patience);
      const onExit = (): void => end(() => reject(failure(`the traffic process ended\n${this.#process.output}`)));
      const onMessage = (reply: TrafficReply): void => {
        if (reply.kind === 'progress') onProgress?.(reply);
        else if (reply.kind === answer) end(() => resolve(reply as Extract<TrafficReply, { readonly kind: Kind }>));
        else if (reply.kind === 'failed') end(() => reject(failure(reply.message)));
      };
      function end(settle: () => void): void {
        clearTimeout(timer);
        channel.off('message', onMessage).off('exit', onExit);
        settle();
      }
      channel.on('message', onMessage).on('exit', onExit);
      channel.send(request);
    });
  }
}

function failure(what: string): DemoError {
  return new DemoError('transfer-failed', `TCP through the tunnel: ${what}`.trimEnd());
}
