/** An OpenAPI 3.1 description as far as the page looks at one. */
export interface OpenApi {
  info: { title: string; version: string; description?: string };
  paths: Record<string, Record<string, RawOperation>>;
}

export interface JsonSchema {
  type?: string | string[];
  description?: string;
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  allOf?: JsonSchema[];
  additionalProperties?: boolean | JsonSchema;
}

interface Content {
  content?: Record<string, { schema?: JsonSchema }>;
}

interface RawOperation {
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: { in: string; name: string; required?: boolean; description?: string; schema?: JsonSchema }[];
  requestBody?: Content;
  responses?: Record<string, Content>;
  security?: Record<string, string[]>[];
}

export interface Parameter {
  name: string;
  place: string;
  required: boolean;
  description: string;
  type: string;
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  summary: string;
  description: string;
  /** The scope that a token needs, or undefined where none is. */
  scope: string | undefined;
  parameters: Parameter[];
  body: JsonSchema | undefined;
  /** A body of this type that is no JSON. */
  bodyType: string | undefined;
  status: string;
  answer: JsonSchema | undefined;
  answerType: string | undefined;
}

export interface Group {
  tag: string;
  operations: Operation[];
}

const METHODS = ['get', 'post', 'put', 'delete'];
const JSON_TYPE = 'application/json';

function operationOf(path: string, method: string, raw: RawOperation): Operation {
  const [status = '', found] =
    Object.entries(raw.responses ?? {}).find(([code]) => code.startsWith('2')) ?? [];
  const answerTypes = Object.keys(found?.content ?? {});
  const bodyTypes = Object.keys(raw.requestBody?.content ?? {});
  return {
    id: `${method}${path.replaceAll(/[^a-zA-Z0-9]+/g, '-')}`.replace(/-$/, ''),
    method: method.toUpperCase(),
    path,
    summary: raw.summary ?? path,
    description: raw.description ?? '',
    scope: raw.security?.flatMap(Object.values).flat()[0] as string | undefined,
    parameters: (raw.parameters ?? []).map(
      ({ in: place, name, required = false, description, schema = {} }) => ({
        ...{ name, place, required, type: typeText(schema) },
        description: description ?? schema.description ?? '',
      }),
    ),
    body: raw.requestBody?.content?.[JSON_TYPE]?.schema,
    bodyType: bodyTypes.find((type) => type !== JSON_TYPE),
    status,
    answer: found?.content?.[JSON_TYPE]?.schema,
    answerType: answerTypes.find((type) => type !== JSON_TYPE),
  };
}

/** The operations by their tags, in the order in which they are told. Pure. */
export function groupsOf({ paths }: OpenApi): Group[] {
  const groups = new Map<string, Operation[]>();
  for (const [path, item] of Object.entries(paths))
    for (const method of METHODS) {
      const raw = item[method];
      if (raw === undefined) continue;
      const tag = raw.tags?.[0] ?? 'other';
      groups.set(tag, [...(groups.get(tag) ?? []), operationOf(path, method, raw)]);
    }
  return [...groups].map(([tag, operations]) => ({ tag, operations }));
}

const bounds = ({ minimum, maximum, minLength, maxLength }: JsonSchema): string => {
  if (minimum !== undefined && maximum !== undefined) return ` ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` from ${minimum}`;
  if (maximum !== undefined) return ` to ${maximum}`;
  if (maxLength !== undefined) return `, ${minLength ?? 0} to ${maxLength} characters`;
  return '';
};

/** A schema in a few words: `integer 1 to 500`, `"a" or "b"`, `list of string`. Pure. */
export function typeText(schema: JsonSchema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((word) => JSON.stringify(word)).join(' or ');
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeText))].join(' or ');
  if (schema.type === 'array')
    return `list of ${schema.items === undefined ? 'anything' : typeText(schema.items)}`;
  const name = Array.isArray(schema.type) ? schema.type.join(' or ') : (schema.type ?? 'anything');
  return `${name}${bounds(schema)}`;
}

export interface Member {
  /** Where it stands, such as devices[].alias. */
  path: string;
  type: string;
  description: string;
  required: boolean;
}

/** Depth to which members are told. */
export const DEPTH_LIMIT = 4;

/** The members of an object's schema, those of inner objects after them. Pure. */
export function membersOf(schema: JsonSchema, before = '', depth = 0): Member[] {
  if (depth >= DEPTH_LIMIT) return [];
  const choices = [...(schema.anyOf ?? []), ...(schema.allOf ?? [])];
  if (choices.length > 0)
    return choices.flatMap((each) => membersOf(each, before, depth)).filter(firstOfPath());
  if (schema.type === 'array' && schema.items !== undefined)
    return membersOf(schema.items, `${before}[]`, depth);
  return Object.entries(schema.properties ?? {}).flatMap(([name, each]) => {
    const path = before === '' ? name : `${before}.${name}`;
    const member = {
      path,
      type: typeText(each),
      description: each.description ?? '',
      required: schema.required?.includes(name) === true,
    };
    return [member, ...membersOf(each, path, depth + 1)];
  });
}

function firstOfPath(): (member: Member) => boolean {
  const seen = new Set<string>();
  return ({ path }) => !seen.has(path) && seen.add(path) !== undefined;
}

function exampleOf(schema: JsonSchema): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const first = schema.anyOf?.[0] ?? schema.allOf?.[0];
  if (first !== undefined) return exampleOf(first);
  switch (schema.type) {
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    case 'array':
      return schema.items === undefined ? [] : [exampleOf(schema.items)];
    case 'object':
      return Object.fromEntries(
        (schema.required ?? []).map((name) => [name, exampleOf(schema.properties?.[name] ?? {})]),
      );
    default:
      return '…';
  }
}

/** A call of an operation with curl; the token is in a file, so that no process list shows it. Pure. */
export function curlOf({ method, path, parameters, body, bodyType }: Operation, origin: string): string {
  const needed = parameters
    .filter(({ place, required }) => place === 'query' && required)
    .map(({ name }) => `${name}=…`);
  const url = `${origin}${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase())}${needed.length === 0 ? '' : `?${needed.join('&')}`}`;
  const lines = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}-H @token.txt`,
    ...(body === undefined
      ? []
      : [`-H 'content-type: application/json' -d '${JSON.stringify(exampleOf(body))}'`]),
    ...(bodyType === undefined || body !== undefined
      ? []
      : [`-H 'content-type: ${bodyType}' --data-binary @FILE`]),
    `'${url}'`,
  ];
  return lines.join(' \\\n  ');
}
