import type { TSchema } from '@sinclair/typebox';
import { Value, type ValueError, ValueErrorType } from '@sinclair/typebox/value';
import { SHARED_SCHEMAS } from './filters.ts';
import { FAULTS_LIMIT } from './limits.ts';

/** One mistake in a config: where (RFC 6901 pointer), what, and what to write instead. */
export type ConfigFault = { pointer: string; message: string; hint: string };

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
};

const firstSmall = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1);

const lastToken = (path: string): string =>
  path
    .slice(path.lastIndexOf('/') + 1)
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');

function messageOf(error: ValueError): { message: string; hint: string } {
  const { schema, value, path } = error;
  const hint = schema.description ?? error.message;
  switch (error.type) {
    case ValueErrorType.ObjectRequiredProperty:
      return { message: `"${lastToken(path)}" is missing`, hint };
    case ValueErrorType.ObjectAdditionalProperties: {
      if (schema.patternProperties)
        return { message: `${shown(lastToken(path))} cannot be a name here`, hint };
      return {
        message: `"${lastToken(path)}" is not known here`,
        hint: `known members: ${Object.keys(schema.properties ?? {}).join(', ')}`,
      };
    }
    case ValueErrorType.Union: {
      const options = (schema.anyOf as TSchema[]).map((option) => shown(option.const)).join(', ');
      return { message: `${shown(value)} is not one of ${options}`, hint };
    }
    default:
      return { message: `${shown(value)} is not allowed: ${firstSmall(error.message)}`, hint };
  }
}

/** The faults of a value against a schema, one for each place, FAULTS_LIMIT at most. `base` is put before each pointer. */
export function schemaFaults(schema: TSchema, value: unknown, base: string): ConfigFault[] {
  const faults = new Map<string, ConfigFault>();
  for (const error of Value.Errors(schema, [...SHARED_SCHEMAS], value)) {
    if (faults.size >= FAULTS_LIMIT) break;
    const pointer = base + error.path;
    if (!faults.has(pointer)) faults.set(pointer, { pointer, ...messageOf(error) });
  }
  return [...faults.values()];
}
