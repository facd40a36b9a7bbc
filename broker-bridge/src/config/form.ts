import type { TSchema } from '@sinclair/typebox';
import { ALL_SCHEMAS } from './all-schemas.ts';
import { CHECKS } from './compiled-schemas.mjs';
import { type ConfigFault, schemaFaults } from './faults.ts';

const checks: ReadonlyMap<TSchema, (value: unknown) => boolean> = new Map(
  [...ALL_SCHEMAS].map(([name, schema]) => [schema, CHECKS[name]!]),
);

/**
 * The faults of a value against one of ALL_SCHEMAS. The compiled check decides; only what it refuses is walked again for
 * words, so that a board spends its time on a config that is wrong and not on one that is right.
 */
export const formFaults = (schema: TSchema, value: unknown, base: string): ConfigFault[] =>
  checks.get(schema)?.(value) ? [] : schemaFaults(schema, value, base);
