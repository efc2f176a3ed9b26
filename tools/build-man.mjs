/** `npm run build:man`: the manual pages in man/, from the help of the commands and the schema of the configuration. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { manualPages } from '../dist/src/cli/manual/pages.js';

const schema = JSON.parse(readFileSync(new URL('../docs/config.schema.json', import.meta.url), 'utf8'));
for (const { file, text } of await manualPages(schema)) {
  writeFileSync(fileURLToPath(new URL(`../man/${file}`, import.meta.url)), text);
}
