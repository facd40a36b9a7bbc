import type { TSchema } from '@sinclair/typebox';
import { ALL_SCHEMAS } from './all-schemas.ts';
import { checkOf } from './compiled-schemas.ts';
import { type ConfigFault, schemaFaults } from './faults.ts';

const names: ReadonlyMap<TSchema, string> = new Map([...ALL_SCHEMAS].map(([name, schema]) => [schema, name]));

/**
 * The faults of a value against one of ALL_SCHEMAS. The compiled check decides; only what it refuses is walked again for
 * words, so that a board spends its time on a config that is wrong and not on one that is right.
 */
export function formFaults(schema: TSchema, value: unknown, base: string): ConfigFault[] {
  const name = names.get(schema);
  return name !== undefined && checkOf(name)(value) ? [] : schemaFaults(schema, value, base);
}
