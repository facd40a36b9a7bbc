/** A JSON Schema (draft 7) as far as the editor looks at one. */
export interface Schema {
  type?: string | string[];
  description?: string;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  required?: string[];
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema | Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  $ref?: string;
  definitions?: Record<string, Schema>;
}

export type PathStep = string | number;

/** How often a reference may lead to another, so that none leads in circles. */
const REFS_LIMIT = 16;

function resolved(schema: Schema, root: Schema): Schema {
  let found = schema;
  for (let hops = 0; found.$ref !== undefined && hops < REFS_LIMIT; hops++) {
    const name = /^#\/definitions\/(.+)$/.exec(found.$ref)?.[1];
    const next = name === undefined ? undefined : root.definitions?.[name];
    if (next === undefined) return {};
    found = next;
  }
  return found;
}

/** False when a fixed word of the schema, such as the driver, is another one in the value. */
function mayFit(schema: Schema, value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return true;
  return Object.entries(schema.properties ?? {}).every(([key, { const: word }]) => {
    const own = (value as Record<string, unknown>)[key];
    return word === undefined || own === undefined || own === word;
  });
}

/** The schemas that may hold for a value: each branch by itself, those that its fixed words exclude left out. */
function branches(given: Schema, root: Schema, value: unknown): Schema[] {
  const schema = resolved(given, root);
  const choices = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  const own =
    choices.length === 0 || schema.properties !== undefined || schema.type !== undefined ? [schema] : [];
  const fits = own.filter((each) => mayFit(each, value));
  return [...fits, ...choices.flatMap((each) => branches(each, root, value))];
}

function child(schema: Schema, step: PathStep): Schema[] {
  if (typeof step === 'number') {
    const { items } = schema;
    if (items === undefined) return [];
    return Array.isArray(items) ? (items[step] ? [items[step]] : []) : [items];
  }
  const own = schema.properties?.[step];
  if (own !== undefined) return [own];
  const patterns = Object.entries(schema.patternProperties ?? {}).filter(([pattern]) =>
    new RegExp(pattern, 'u').test(step),
  );
  if (patterns.length > 0) return patterns.map(([, each]) => each);
  return typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : [];
}

const valueAt = (value: unknown, step: PathStep): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<PathStep, unknown>)[step] : undefined;

/** The schemas that may hold at a path of a value. Pure. */
export function schemasAt(root: Schema, value: unknown, path: readonly PathStep[]): Schema[] {
  let found = branches(root, root, value);
  let here = value;
  for (const step of path) {
    here = valueAt(here, step);
    found = found.flatMap((schema) => child(schema, step)).flatMap((schema) => branches(schema, root, here));
  }
  return found;
}

export interface Suggestion {
  label: string;
  /** JSON text. */
  insert: string;
  detail?: string;
  info?: string;
  required?: boolean;
}

const typeText = ({ type, const: word }: Schema): string =>
  word !== undefined ? JSON.stringify(word) : Array.isArray(type) ? type.join(' or ') : (type ?? '');

/** The keys that may stand in the object at a path and are not there. Pure. */
export function keysAt(root: Schema, value: unknown, path: readonly PathStep[]): Suggestion[] {
  const object = path.reduce(valueAt, value);
  const there = new Set(typeof object === 'object' && object !== null ? Object.keys(object) : []);
  const found = new Map<string, Suggestion>();
  for (const schema of schemasAt(root, value, path))
    for (const [key, given] of Object.entries(schema.properties ?? {})) {
      if (there.has(key) || found.has(key)) continue;
      const each = resolved(given, root);
      found.set(key, {
        label: key,
        insert: JSON.stringify(key),
        detail: typeText(each),
        ...(each.description === undefined ? {} : { info: each.description }),
        required: schema.required?.includes(key) === true,
      });
    }
  return [...found.values()];
}

/** The values that may stand at a path: fixed words, and what begins an object or a list. Pure. */
export function valuesAt(root: Schema, value: unknown, path: readonly PathStep[]): Suggestion[] {
  // The word that stands there now must not exclude the others.
  const parent = path.slice(0, -1);
  const last = path.at(-1);
  const without = last === undefined ? value : withoutStep(value, path);
  const schemas =
    last === undefined
      ? schemasAt(root, value, path)
      : schemasAt(root, without, parent)
          .flatMap((schema) => child(schema, last))
          .flatMap((schema) => branches(schema, root, undefined));
  const found = new Map<string, Suggestion>();
  const put = (insert: string, { description }: Schema): void => {
    if (!found.has(insert))
      found.set(insert, {
        label: insert,
        insert,
        ...(description === undefined ? {} : { info: description }),
      });
  };
  for (const schema of schemas) {
    if (schema.const !== undefined) put(JSON.stringify(schema.const), schema);
    for (const word of schema.enum ?? []) put(JSON.stringify(word), schema);
    if (schema.type === 'boolean') for (const word of ['true', 'false']) put(word, schema);
    if (schema.type === 'object') put('{}', schema);
    if (schema.type === 'array') put('[]', schema);
  }
  return [...found.values()];
}

function withoutStep(value: unknown, [step, ...rest]: readonly PathStep[]): unknown {
  if (step === undefined || typeof value !== 'object' || value === null) return value;
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<PathStep, unknown>;
  if (rest.length > 0) copy[step] = withoutStep(copy[step], rest);
  else delete copy[step];
  return copy;
}

/** What a person wants to know of the value at a path, line by line. Pure. */
export function helpAt(root: Schema, value: unknown, path: readonly PathStep[]): string[] {
  const schemas = schemasAt(root, value, path);
  const lines = new Set<string>();
  for (const { description } of schemas) if (description !== undefined) lines.add(description);
  const words = schemas.flatMap((schema) =>
    schema.const === undefined ? (schema.enum ?? []) : [schema.const],
  );
  const shown = [...new Set(words.map((word) => JSON.stringify(word)))];
  if (shown.length > 1)
    lines.add(`one of ${shown.slice(0, WORDS_SHOWN).join(', ')}${shown.length > WORDS_SHOWN ? ', …' : ''}`);
  for (const schema of schemas) {
    const { minimum, maximum } = schema;
    if (lines.size === 0 && minimum !== undefined && maximum !== undefined)
      lines.add(`${minimum} to ${maximum}`);
    if (lines.size === 0 && typeText(schema) !== '') lines.add(typeText(schema));
  }
  return [...lines].slice(0, LINES_SHOWN);
}

/** Words and lines of a help, at most. */
const WORDS_SHOWN = 12;
const LINES_SHOWN = 4;
