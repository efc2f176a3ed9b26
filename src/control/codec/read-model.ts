/** From a file as written to its settings in one spelling, with a finding for whatever did not fit. */
import type { ConfigPlace } from '../config/config-error.ts';
import { ConfigError, quotableName } from '../config/config-error.ts';
import type { ConfigLine } from '../config/line-scanner.ts';
import { sectionKind, strayEntry, unreadableLine } from '../config/lines.ts';
import { isWritableKey } from '../config/serialise.ts';
import type { ConfigModel } from './config-model.ts';
import type { ConfigDocument } from './document.ts';
import type { Report } from './finding.ts';
import { SectionBuilder } from './section-builder.ts';
import type { SectionSpan } from './section-layout.ts';

/**
 * @throws ConfigError where a line is no setting: nothing else of the family could read that either.
 *   Unknown keys are kept and reported.
 */
export function readModel(document: ConfigDocument, report: Report): ConfigModel {
  const { source, sections, lines } = document;
  const [first] = sections;
  if (first === undefined)
    throw new ConfigError('missing-section', placeOf(source, 0), 'has neither [Interface] nor [Peer]');
  for (const [index, line] of lines.slice(0, first.lead).entries()) refuseSetting(line, placeOf(source, index + 1));
  const own = new SectionBuilder('interface', source, report);
  const peers: SectionBuilder[] = [];
  for (const section of sections) {
    const builder = builderFor(document, section, own, peers, report);
    for (let index = section === first ? 0 : section.lead; index < section.header; index++)
      builder.comment('above', lines[index]?.comment);
    readSection(document, section, builder);
  }
  return { interface: own.isEmpty ? undefined : own.finish(), peers: peers.map((peer) => peer.finish()) };
}

function builderFor(
  { source, lines }: ConfigDocument,
  { header }: SectionSpan,
  own: SectionBuilder,
  peers: SectionBuilder[],
  report: Report,
): SectionBuilder {
  const content = lines[header]?.content;
  const name = content?.kind === 'section' ? content.name : '';
  if (sectionKind(name, placeOf(source, header + 1)) === 'interface') return own;
  const peer = new SectionBuilder('peer', source, report);
  peers.push(peer);
  return peer;
}

function readSection({ source, lines }: ConfigDocument, { header, end }: SectionSpan, builder: SectionBuilder): void {
  builder.begin(header + 1);
  for (const [offset, { content, comment }] of lines.slice(header, end).entries()) {
    const place = placeOf(source, header + offset + 1);
    if (content.kind === 'unreadable') throw unreadableLine(place);
    if (content.kind === 'comment') builder.comment('own', comment);
    if (content.kind === 'section') builder.comment('same', comment);
    if (content.kind !== 'entry') continue;
    if (!isWritableKey(content.key))
      throw new ConfigError('syntax', { ...place, value: quotableName(content.key) }, 'is no proper key');
    builder.entry(content.key, content.value, place.line, comment);
  }
}

/** Before the first section there is room for comments only. */
function refuseSetting({ content }: ConfigLine, place: ConfigPlace): void {
  if (content.kind === 'unreadable') throw unreadableLine(place);
  if (content.kind === 'entry') throw strayEntry({ ...place, value: content.key });
}

function placeOf(file: string, line: number): ConfigPlace {
  return { file, line, key: '', value: '' };
}
