import type { TSchema } from '@sinclair/typebox';
import { DRIVER_NAMES, driverSpec } from './drivers.ts';
import { BUSES, DEFS, DefSensor, Outline } from './schema.ts';

const identifier = (kind: string, name: string): string =>
  kind +
  name.replaceAll(
    /[^A-Za-z0-9]*([A-Za-z0-9]+)/g,
    (_, word: string) => word[0]!.toUpperCase() + word.slice(1),
  );

/** Every schema that a part of a config is checked against, by a name of letters and digits. */
export const ALL_SCHEMAS: ReadonlyMap<string, TSchema> = new Map<string, TSchema>([
  ['outline', Outline],
  ['sensorOfDef', DefSensor],
  ...Object.entries(BUSES).map(([name, schema]) => [identifier('bus', name), schema] as const),
  ...Object.entries(DEFS).map(([name, schema]) => [identifier('def', name), schema] as const),
  ...DRIVER_NAMES.map((name) => [identifier('driver', name), driverSpec(name)!.schema] as const),
]);
