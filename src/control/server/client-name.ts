/** What a client of a server is called: a comment above its [Peer], as other tools have it too. */

import type { ConfigDocument } from '../codec/document.ts';
import type { SectionSpan } from '../codec/section-layout.ts';
import { isInterfaceName } from '../config/file.ts';
import { ServerError } from './server-error.ts';

/** The name of a client's file is that of its interface, so it has to be one. @throws ServerError 'bad-client-name' */
export function requireClientName(text: string): string {
  if (isInterfaceName(text) && /^[A-Za-z0-9]/.test(text)) return text;
  throw new ServerError(
    'bad-client-name',
    `${JSON.stringify(text)} is not a name for a client: a letter or digit, then up to 14 of a-z A-Z 0-9 _ = + . -`,
  );
}

/** `### Client phone`, as the most widespread installer scripts write it, and panels read it. */
export function clientComment(name: string): string {
  return `## Client ${name}`;
}

/** How tools introduce the name; plain comments are names as they are. */
const INTRODUCTIONS = [/^Client:?\s+(\S+)/i, /^BEGIN_PEER\s+(\S+)/i, /^begin\s+(\S+)\s+#+$/i, /^Name\s*[:=]\s*(.+)$/i];

/** From the comments directly above a peer; undefined where there are none. */
export function clientNameOf(document: ConfigDocument, { lead, header }: SectionSpan): string | undefined {
  const comments = document.lines
    .slice(lead, header)
    .map(({ comment = '' }) => comment.replace(/^#+/, '').trim())
    .filter((text) => text !== '');
  const introduced = comments.flatMap((text) => INTRODUCTIONS.flatMap((pattern) => pattern.exec(text)?.[1] ?? []));
  return introduced.at(-1) ?? comments.at(-1);
}
