/** The part of JSON Schema (2020-12) that docs/config.schema.json uses; anything else in a schema is an error. */

export type Schema = Readonly<Record<string, unknown>>;

/** Each complaint with its place; none for a document that fits. */
export function schemaComplaints(root: Schema, document: unknown): string[] {
  return check(root, root, document, '$');
}

const ANNOTATIONS = new Set(['$schema', 'title', 'description', '$defs']);

type Keyword = (argument: unknown, context: { root: Schema; schema: Schema; value: unknown; path: string }) => string[];

const KEYWORDS: Readonly<Record<string, Keyword>> = {
  $ref: (name, { root, value, path }) => check(root, resolve(root, String(name)), value, path),
  anyOf: (choices, { root, value, path }) =>
    (choices as Schema[]).some((choice) => check(root, choice, value, path).length === 0)
      ? []
      : [`${path} fits no choice`],
  type: (name, { value, path }) => (isOfType(String(name), value) ? [] : [`${path} is not of type ${String(name)}`]),
  const: (wanted, { value, path }) => (value === wanted ? [] : [`${path} is not ${String(wanted)}`]),
  enum: (wanted, { value, path }) => ((wanted as unknown[]).includes(value) ? [] : [`${path} is no choice`]),
  minimum: (least, { value, path }) =>
    typeof value === 'number' && value < Number(least) ? [`${path} is too small`] : [],
  pattern: (pattern, { value, path }) =>
    typeof value === 'string' && !new RegExp(String(pattern), 'u').test(value) ? [`${path} does not match`] : [],
  items: (schema, { root, value, path }) =>
    Array.isArray(value)
      ? value.flatMap((item, index) => check(root, schema as Schema, item, `${path}[${index}]`))
      : [],
  required: (names, { value, path }) =>
    (names as string[]).flatMap((name) => (isObject(value) && !(name in value) ? [`${path} lacks ${name}`] : [])),
  properties: (schemas, { root, value, path }) =>
    Object.entries(schemas as Record<string, Schema>).flatMap(([name, schema]) =>
      isObject(value) && name in value ? check(root, schema, value[name], `${path}.${name}`) : [],
    ),
  additionalProperties: (allowed, { root, schema, value, path }) =>
    isObject(value)
      ? Object.entries(value).flatMap(([name, member]) => {
          if (name in ((schema.properties ?? {}) as Schema)) return [];
          return allowed === false
            ? [`${path} has ${name}`]
            : check(root, allowed as Schema, member, `${path}.${name}`);
        })
      : [],
};

function check(root: Schema, schema: Schema, value: unknown, path: string): string[] {
  return Object.entries(schema).flatMap(([name, argument]) => {
    if (ANNOTATIONS.has(name)) return [];
    const keyword = KEYWORDS[name];
    if (keyword === undefined) throw new Error(`${name} is not a keyword that this validator knows`);
    return keyword(argument, { root, schema, value, path });
  });
}

function resolve(root: Schema, reference: string): Schema {
  const names = reference.replace(/^#\//, '').split('/');
  return names.reduce((schema, name) => schema[name] as Schema, root);
}

function isOfType(name: string, value: unknown): boolean {
  if (name === 'array') return Array.isArray(value);
  if (name === 'object') return isObject(value);
  return name === 'integer' ? Number.isInteger(value) : typeof value === name;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
