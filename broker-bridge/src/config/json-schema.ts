import { CHIP_DRIVERS, GENERIC_DRIVERS, SERIAL_DRIVERS } from './drivers.ts';
import { SHARED_SCHEMAS } from './filters.ts';
import { BUSES, DEFS, DefSensor, Outline } from './schema.ts';

/**
 * The JSON Schema (draft-07) of a config as plain data, for editors and documentation. It says the form; the checks of
 * meaning, such as an unknown bus, are parseConfig's alone.
 */
export function configJsonSchema(): Record<string, unknown> {
  const schema = JSON.parse(JSON.stringify(Outline)) as {
    properties: Record<string, Record<string, unknown>>;
  };
  const record = (choices: object) => {
    const options = Object.values(choices);
    return options.length === 1 ? options[0] : { anyOf: options };
  };
  const fill = (member: string, choices: object): void => {
    const patterns = schema.properties[member]!.patternProperties as Record<string, unknown>;
    for (const pattern of Object.keys(patterns)) patterns[pattern] = record(choices);
  };
  fill('buses', BUSES);
  fill('defs', DEFS);
  const generic = Object.values(GENERIC_DRIVERS);
  const chips = [...CHIP_DRIVERS.values(), ...SERIAL_DRIVERS.values()];
  schema.properties.sensors!.items = {
    anyOf: [
      ...[...generic, ...chips].map((driver) => driver.schema),
      {
        ...DefSensor,
        properties: {
          ...DefSensor.properties,
          driver: {
            ...DefSensor.properties.driver,
            not: { enum: Object.keys(GENERIC_DRIVERS) },
          },
        },
      },
    ],
  };
  const definitions = Object.fromEntries(SHARED_SCHEMAS.map(({ $id, ...shared }) => [$id, shared] as const));
  return JSON.parse(
    JSON.stringify(
      { $schema: 'http://json-schema.org/draft-07/schema#', title: 'Perch config', ...schema, definitions },
      (name, value) => (name === '$ref' ? `#/definitions/${value}` : value),
    ),
  ) as Record<string, unknown>;
}
