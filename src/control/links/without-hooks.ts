/** A configuration without commands: whoever hands out a link does not get to run any on this machine. */
import { ConfigDocument } from '../codec/document.ts';
import { INTERFACE_WORDS } from '../codec/key-vocabulary.ts';
import { readModel } from '../codec/read-model.ts';
import type { ReadConfig } from '../convert-config.ts';

const HOOKS = INTERFACE_WORDS.filter(({ shape }) => shape === 'commands').map(({ name }) => name);

/** The same object where there are none. */
export function withoutHooks(config: ReadConfig): ReadConfig {
  const hasHooks = config.model.interface?.entries.some(({ key }) => HOOKS.includes(key)) ?? false;
  if (!hasHooks) return config;
  const document = documentWithoutHooks(ConfigDocument.parse(config.text, config.source));
  return { ...config, text: document.text, model: readModel(document, () => undefined) };
}

function documentWithoutHooks(document: ConfigDocument): ConfigDocument {
  const hooks = document.sections.flatMap((section, at) =>
    section.kind === 'interface' ? HOOKS.map((key) => ({ at, key })) : [],
  );
  return hooks.reduce((rest, { at, key }) => {
    const section = rest.sections[at];
    return section === undefined ? rest : rest.withValue(section, key);
  }, document);
}
