/** A manual page in the man(7) macros, piece by piece. */

export interface PageTitle {
  readonly name: string;
  readonly section: number;
  /** For the foot of the page. */
  readonly date: string;
  readonly source: string;
  /** For its head. */
  readonly manual: string;
}

const NOTICE = '.\\" Made by "npm run build:man"; edit the help of the commands instead.';

export class RoffPage {
  readonly #lines: string[];

  constructor({ name, section, date, source, manual }: PageTitle) {
    // The date is read by programs, so its hyphens stay as they are.
    const title = [argument(name.toUpperCase()), String(section), date, argument(source), argument(manual)];
    this.#lines = [NOTICE, `.TH ${title.join(' ')}`];
  }

  section(title: string): this {
    return this.#add(`.SH ${argument(title.toUpperCase())}`);
  }

  subsection(title: string): this {
    return this.#add(`.SS ${argument(title)}`);
  }

  /** Several are kept apart. */
  paragraph(...texts: readonly string[]): this {
    return this.#add(...texts.flatMap((text, index) => [...(index === 0 ? [] : ['.PP']), ...textLines(text)]));
  }

  /** Each in bold, on a line of its own. */
  lines(...texts: readonly string[]): this {
    return this.#add(...texts.flatMap((text, index) => [...(index === 0 ? [] : ['.br']), `.B ${argument(text)}`]));
  }

  /** A list of terms, each with its explanation. */
  terms(entries: ReadonlyArray<readonly [term: string, explanation: string]>): this {
    for (const [term, explanation] of entries) this.#add('.TP', `.B ${argument(term)}`, ...textLines(explanation));
    return this;
  }

  /** As it is, line by line, not filled. */
  verbatim(text: string): this {
    const gap = this.#lines.at(-1)?.startsWith('.SH') === true ? [] : ['.PP'];
    return this.#add(...gap, '.RS 4', '.nf', ...text.split('\n').map(textLine), '.fi', '.RE');
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  #add(...lines: readonly string[]): this {
    this.#lines.push(...lines);
    return this;
  }
}

/** Filled text may break anywhere; shorter lines make better differences. */
function textLines(text: string): string[] {
  return text
    .replace(/(.{50,70}?) (?=\S{1,30})/g, '$1\n')
    .split('\n')
    .map(textLine);
}

/** A dot or a quote at the beginning of a line would be a request. */
function textLine(line: string): string {
  return escaped(line).replace(/^(?=[.'])/, '\\&');
}

/** One argument of a macro, blanks and quotes included. */
function argument(text: string): string {
  return `"${escaped(text).replaceAll('"', '\\(dq')}"`;
}

/** Hyphens stay what they are, to be searched for and copied. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('`', '\\(ga');
}
