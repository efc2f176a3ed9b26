/** Where metrics are served: `127.0.0.1:9586`, `[::1]:9586`, a port alone for loopback, or the path of a socket. */
import { formatAddress, parseAddress } from '../../protocol/address-text.ts';
import { MetricsError } from './metrics-error.ts';

export type MetricsAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

const LOOPBACK = '127.0.0.1';

/** @throws MetricsError 'bad-address' */
export function parseMetricsAddress(text: string): MetricsAddress {
  const path = /^(?:unix:)?(\.{0,2}\/.*)$/.exec(text)?.[1];
  if (path !== undefined) return { kind: 'unix', path };
  const [, host = LOOPBACK, port = ''] = /^(?:(.*):)?(\d{1,5})$/.exec(text) ?? [];
  const address = parseAddress(host.replace(/^\[(.*)\]$/, '$1'));
  const number = Number(port);
  if (address !== undefined && port !== '' && number >= 1 && number <= 65535)
    return { kind: 'tcp', host: formatAddress(address), port: number };
  throw new MetricsError('bad-address', `"${text}" is neither ADDRESS:PORT, a port, nor the path of a socket`);
}

/** Whether others than this machine can ask. */
export function isPublic(address: MetricsAddress): boolean {
  return address.kind === 'tcp' && !address.host.startsWith('127.') && address.host !== '::1';
}

export function metricsAddressText(address: MetricsAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `http://${host}:${address.port}/metrics`;
}
