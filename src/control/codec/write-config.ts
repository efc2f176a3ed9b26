/** Settings as the text of a file: one blank line between sections, comments where they belong. */
import { commentLine, configLine } from '../config/serialise.ts';
import type { ConfigModel, ModelComment, ModelSection } from './config-model.ts';

/** @throws SerialiseError for what would not be read back as it is */
export function writeConfig(model: ConfigModel): string {
  const own = model.interface === undefined ? [] : [sectionText('[Interface]', model.interface)];
  return [...own, ...model.peers.map((peer) => sectionText('[Peer]', peer))].join('\n');
}

function sectionText(header: string, { entries, comments }: ModelSection): string {
  const lines = [`${header}\n`, ...entries.map(configLine)];
  const above = comments.filter(({ place }) => place === 'above').map(({ text }) => commentLine(text));
  const behind = commentsByLine(comments, lines.length);
  return [...above, ...lines.map((line, index) => withComments(line, behind.get(index) ?? []))].join('');
}

/** By the index of the line that they follow; what counts too far follows the last. */
function commentsByLine(comments: readonly ModelComment[], lines: number): Map<number, ModelComment[]> {
  const found = new Map<number, ModelComment[]>();
  for (const comment of comments) {
    if (comment.place === 'above') continue;
    const index = Math.min(comment.after, lines - 1);
    const others = found.get(index);
    if (others === undefined) found.set(index, [comment]);
    else others.push(comment);
  }
  return found;
}

/** There is room for one comment behind a line; further ones follow below. */
function withComments(line: string, comments: readonly ModelComment[]): string {
  const same = comments.find(({ place }) => place === 'same');
  const first = same === undefined ? line : `${line.slice(0, -1)} ${commentLine(same.text)}`;
  return [first, ...comments.filter((comment) => comment !== same).map(({ text }) => commentLine(text))].join('');
}
