/** The manual pages under man/, made by `npm run build:man`. */
import { loadAllCommands } from '../commands.ts';
import { buildProgram } from '../program.ts';
import { VERSION } from '../version.ts';
import type { ConfigSchema } from './config-page.ts';
import { configPage } from './config-page.ts';
import { programPage } from './program-page.ts';
import type { PageTitle } from './roff.ts';

export interface ManualPage {
  /** Name of its file: `awg-vpn.8`. */
  readonly file: string;
  readonly text: string;
}

/** Of the last change in what the pages say; a release brings it up to date. */
const DATE = '2026-11-22';

export async function manualPages(schema: ConfigSchema): Promise<ManualPage[]> {
  const context = { stdin: nothing(), stdout: ignore, stderr: ignore, environment: {} };
  const commands = await loadAllCommands();
  return [
    { file: 'awg-vpn.8', text: programPage(buildProgram(context, commands), commands, title('awg-vpn', 8)) },
    { file: 'awg-vpn.conf.5', text: configPage(schema, title('awg-vpn.conf', 5)) },
  ];
}

function title(name: string, section: number): PageTitle {
  const manual = section === 5 ? 'File Formats Manual' : "System Manager's Manual";
  return { name, section, date: DATE, source: `awg-vpn ${VERSION}`, manual };
}

async function* nothing(): AsyncGenerator<string> {}

function ignore(): void {}
