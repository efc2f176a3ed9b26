/** Text files that a configuration names, wherever they are read: here, or by somebody who may (see control/steward). */
import { open } from 'node:fs/promises';

export interface TextFile {
  readonly text: string;
  readonly mode: number;
}

/**
 * @param path absolute
 * @param limit bytes
 * @returns undefined for a file that is larger
 * @throws NodeJS.ErrnoException
 */
export type TextReader = (path: string, limit: number) => Promise<TextFile | undefined>;

export const readTextFile: TextReader = async (path, limit) => {
  const file = await open(path);
  try {
    const { size, mode } = await file.stat();
    return size > limit ? undefined : { text: await file.readFile('utf8'), mode };
  } finally {
    await file.close();
  }
};

/** The same files again without opening them again: later they may be out of reach. BOUNDED by the files of one configuration. */
export function remembering(read: TextReader): TextReader {
  const known = new Map<string, TextFile>();
  return async (path, limit) => {
    const held = known.get(path);
    if (held !== undefined) return held;
    const file = await read(path, limit);
    if (file !== undefined) known.set(path, file);
    return file;
  };
}
