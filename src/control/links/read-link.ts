/**
 * Whatever people share from AmneziaVPN, and paste (share link facts 1.2, 2.3): a `vpn://` link with or
 * without its prefix, compressed or not, the JSON inside, the text of a file, the pieces of a QR series.
 */
import { CodecError } from '../codec/codec-error.ts';
import { ConfigDocument } from '../codec/document.ts';
import type { Report } from '../codec/finding.ts';
import { findingAt } from '../codec/finding.ts';
import { parseJson } from '../codec/json-reader.ts';
import { keyWord } from '../codec/key-vocabulary.ts';
import { readAmneziaServer } from './amnezia-reader.ts';
import { fromBase64Url, LINK_PREFIX, unpack } from './link-text.ts';
import { isSeriesPiece, joinSeries } from './qr-series.ts';
import type { ShareKind } from './share-kind.ts';
import { shareKindOf } from './share-kind.ts';

/** @throws CodecError; SerialiseError for values that cannot stand in a file */
export function readLink(text: string, source: string, report: Report): ConfigDocument {
  const document = documentOf(sharedText(text, source), source, report);
  reportCommands(document, report);
  return document;
}

/** What was shared, as text that AmneziaVPN recognises. */
function sharedText(text: string, source: string): { kind: ShareKind; text: string } {
  const kind = shareKindOf(text.trimStart());
  if (kind !== undefined) return { kind, text };
  const decoded = decodeShared(text, source).toString('utf8');
  const decodedKind = shareKindOf(decoded) ?? (decoded.startsWith('{') ? 'amnezia' : undefined);
  if (decodedKind !== undefined) return { kind: decodedKind, text: decoded };
  throw new CodecError('bad-link', source, 'is no link, no file and no QR text that AmneziaVPN would take');
}

function decodeShared(text: string, source: string): Buffer {
  const pieces = text.trim().split(/\s+/);
  const bytes = pieces.every(isSeriesPiece)
    ? joinSeries(pieces, source)
    : fromBase64Url(text.replaceAll(LINK_PREFIX, ''));
  return unpack(bytes, source) ?? bytes;
}

/** For messages. */
const FOREIGN: Readonly<Record<Exclude<ShareKind, 'amnezia' | 'wireguard'>, string>> = {
  backup: 'is a backup of the AmneziaVPN app, no link',
  xray: 'is for Xray, not for AmneziaWG or WireGuard',
  openvpn: 'is for OpenVPN, not for AmneziaWG or WireGuard',
  proxy: 'is a link for a proxy (VLESS, VMess, Trojan, Shadowsocks), not for AmneziaWG or WireGuard',
};

function documentOf({ kind, text }: { kind: ShareKind; text: string }, source: string, report: Report): ConfigDocument {
  if (kind === 'wireguard') return ConfigDocument.parse(text, source);
  if (kind === 'amnezia') return readAmneziaServer(parseJson(text, source), source, report);
  throw new CodecError('foreign-link', source, FOREIGN[kind]);
}

/** A link is taken on trust less easily than a command that runs as root should be. */
function reportCommands(document: ConfigDocument, report: Report): void {
  for (const [index, { content }] of document.lines.entries()) {
    if (content.kind !== 'entry' || keyWord('interface', content.key)?.shape !== 'commands') continue;
    const place = { source: document.source, line: index + 1, key: content.key };
    report(findingAt('foreign-command', place, 'came with the link: read the command before anything runs it'));
  }
}
