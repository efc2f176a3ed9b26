/** The forms of a configuration, and the way from one to another. */
import { CodecError } from './codec/codec-error.ts';
import type { ConfigModel } from './codec/config-model.ts';
import { ConfigDocument } from './codec/document.ts';
import type { Report } from './codec/finding.ts';
import { readJson } from './codec/json-reader.ts';
import { toJson } from './codec/json-writer.ts';
import { readModel } from './codec/read-model.ts';
import { readUapi } from './codec/uapi-reader.ts';
import { toUapi } from './codec/uapi-writer.ts';
import { writeConfig } from './codec/write-config.ts';
import { readLink } from './links/read-link.ts';
import { writeLink } from './links/write-link.ts';

export const CONFIG_FORMS = ['conf', 'json', 'uapi', 'link'] as const;
export type ConfigForm = (typeof CONFIG_FORMS)[number];

export interface ReadConfig {
  /** For messages. */
  readonly source: string;
  readonly model: ConfigModel;
  /** As a file: as it was written where it came as one, also inside of a link. */
  readonly text: string;
}

export interface WriteOptions {
  /** What AmneziaVPN calls the connection of a link. */
  readonly name?: string;
}

/**
 * @param report hears of whatever does not come through unchanged
 * @throws CodecError, ConfigError, SerialiseError
 */
export function readConfigForm(form: ConfigForm, text: string, source: string, report: Report): ReadConfig {
  switch (form) {
    case 'conf':
      return fromDocument(ConfigDocument.parse(text, source), report);
    case 'link':
      return fromDocument(readLink(text, source, report), report);
    case 'json':
      return fromModel(readJson(text, source, report), source);
    case 'uapi':
      return fromModel(readUapi(text, source, report), source);
  }
}

function fromDocument(document: ConfigDocument, report: Report): ReadConfig {
  return { source: document.source, model: readModel(document, report), text: document.text };
}

function fromModel(model: ConfigModel, source: string): ReadConfig {
  return { source, model, text: writeConfig(model) };
}

/**
 * The text in another form, with its last line end.
 *
 * @throws CodecError, ConfigError, SerialiseError
 */
export function writeConfigForm(
  form: ConfigForm,
  config: ReadConfig,
  report: Report,
  options: WriteOptions = {},
): string {
  switch (form) {
    case 'conf':
      return writeConfig(config.model);
    case 'json':
      return `${JSON.stringify(toJson(config.model), undefined, 2)}\n`;
    case 'uapi':
      return toUapi(config.model, config.source, report);
    case 'link':
      return `${writeLink({ ...config, ...options }, config.source)}\n`;
  }
}

/** Which form a text has, from how it begins. @throws CodecError 'unknown-form' for an empty one */
export function formOf(text: string, source: string): ConfigForm {
  const start = text.replace(/^\uFEFF/, '').trimStart();
  if (start === '') throw new CodecError('unknown-form', source, 'is empty');
  if (start.startsWith('{')) return jsonKind(start);
  if (/^\s*\[\s*(interface|peer)\s*\]/im.test(start)) return 'conf';
  return /^[a-z][a-z0-9_]*=/.test(start) ? 'uapi' : 'link';
}

/** AmneziaVPN's JSON has `containers`, ours has `peers`. */
function jsonKind(text: string): ConfigForm {
  return /"containers"\s*:\s*\[/.test(text) ? 'link' : 'json';
}
