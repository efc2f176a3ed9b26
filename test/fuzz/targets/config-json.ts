/** Configurations as JSON: what is understood comes back as it was, through a file as well. */
import { ConfigDocument } from '../../../src/control/codec/document.ts';
import { readJson } from '../../../src/control/codec/json-reader.ts';
import { toJson } from '../../../src/control/codec/json-writer.ts';
import { readModel } from '../../../src/control/codec/read-model.ts';
import { writeConfig } from '../../../src/control/codec/write-config.ts';
import type { FuzzTarget } from '../engine/target.ts';
import { promise } from '../engine/target.ts';
import { CONFIG_SEEDS } from './config-file.ts';
import { configTyped, textOf } from './support.ts';

const ignore = (): void => undefined;

function asJson(config: string): string {
  return JSON.stringify(toJson(readModel(ConfigDocument.parse(config, 'seed'), ignore)));
}

export const target: FuzzTarget = {
  seeds: CONFIG_SEEDS.map(asJson),
  words: [
    '{"version":1,',
    '"peers":[',
    '"interface":{',
    '"#":[{"line":"own","after":0,"text":"x"}]',
    '[',
    ']',
    '__proto__',
  ],
  probe: (input) => {
    const model = configTyped(() => readJson(textOf(input), 'fuzz.json', ignore));
    if (model === undefined) return;
    const written = JSON.stringify(toJson(model));
    promise(JSON.stringify(toJson(readJson(written, 'fuzz.json', ignore))) === written, 'JSON is no fixpoint');
    const text = configTyped(() => writeConfig(model));
    if (text === undefined) return;
    const back = readModel(ConfigDocument.parse(text, 'fuzz.conf'), ignore);
    promise(writeConfig(back) === text, 'the file made of JSON is no fixpoint');
  },
};
