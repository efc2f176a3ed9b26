/** The clients of a server as a table. */
import { agoText, bytesText } from '../human-text.ts';

/** As `--json` prints it. Null is what is not known, or has not happened. */
export interface ListedClient {
  readonly name: string | null;
  /** Base64. */
  readonly publicKey: string;
  readonly allowedIps: readonly string[];
  /** Whether its file is kept, so that `export` can print it. */
  readonly stored: boolean;
  readonly endpoint: string | null;
  /** Unix seconds with fraction. */
  readonly latestHandshake: number | null;
  readonly receivedBytes: number | null;
  readonly sentBytes: number | null;
}

const HEADINGS = ['CLIENT', 'ADDRESSES', 'LATEST HANDSHAKE', 'RECEIVED', 'SENT', 'STORED', 'PUBLIC KEY'];

/** @param now Unix milliseconds */
export function renderClients(clients: readonly ListedClient[], now: number): string {
  const rows = [HEADINGS, ...clients.map((client) => rowOf(client, now))];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function rowOf(client: ListedClient, now: number): string[] {
  const { name, publicKey, allowedIps, stored, latestHandshake, receivedBytes, sentBytes } = client;
  return [
    name ?? '-',
    allowedIps.length === 0 ? '-' : allowedIps.join(' '),
    latestHandshake === null ? '-' : agoText(now / 1000 - latestHandshake),
    receivedBytes === null ? '-' : bytesText(receivedBytes),
    sentBytes === null ? '-' : bytesText(sentBytes),
    stored ? 'yes' : 'no',
    publicKey,
  ];
}
