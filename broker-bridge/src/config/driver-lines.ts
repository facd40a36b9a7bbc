import { type Static, Type } from '@sinclair/typebox';
import {
  BusName,
  Conversion,
  closed,
  conversionFaults,
  type DriverSpec,
  declared,
  KEY_PATTERN,
  Key,
  type SensorFault,
  SensorId,
} from './common.ts';
import { Processing, processingFaults } from './filters.ts';
import { REGEX_LIMIT, VALUES_LIMIT } from './limits.ts';
import { guardRegex, regexGroups } from './regex-guard.ts';

const LineValue = closed({
  field: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 128,
      description: 'the name in the line where it is not the key; "a.b" for b inside a (JSON)',
    }),
  ),
  ...Conversion,
  ...Processing,
});
export type LineValue = Static<typeof LineValue>;

const LinesSensor = closed({
  id: SensorId,
  driver: Type.Literal('lines'),
  bus: BusName,
  regex: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: REGEX_LIMIT,
      description: 'a regular expression with named groups, such as "^T=(?<t>-?[0-9.]+)$"',
    }),
  ),
  format: Type.Optional(
    Type.Union([Type.Literal('json'), Type.Literal('csv'), Type.Literal('keyvalue')], {
      description: '"json", "csv" or "keyvalue"',
    }),
  ),
  columns: Type.Optional(
    Type.Array(
      Type.String({
        pattern: '^([A-Za-z][A-Za-z0-9_]{0,63})?$',
        description: 'a key, or "" to skip a column',
      }),
      {
        minItems: 1,
        maxItems: VALUES_LIMIT,
        description: `1 to ${VALUES_LIMIT} keys, one a column`,
      },
    ),
  ),
  separator: Type.Optional(
    Type.Union([Type.Literal(','), Type.Literal(';'), Type.Literal('\t'), Type.Literal(' ')], {
      description: '",", ";", a tab or a space',
    }),
  ),
  delimiter: Type.Optional(
    Type.Union([Type.Literal('\n'), Type.Literal('\r')], {
      description: 'what ends a line: "\\n" (the default; a "\\r" before it is dropped) or "\\r"',
    }),
  ),
  text: Type.Optional(
    Type.Array(Key, { maxItems: VALUES_LIMIT, uniqueItems: true, description: 'keys that are kept as text' }),
  ),
  others: Type.Optional(
    Type.Literal('skip', { description: '"skip" where lines of other forms are expected on the same bus' }),
  ),
  values: Type.Optional(
    Type.Record(Type.String({ pattern: KEY_PATTERN }), LineValue, {
      additionalProperties: false,
      maxProperties: VALUES_LIMIT,
      description: '{"<key>": {"field"?, "scale"?, "offset"?, "unit"?, "range"?}}',
    }),
  ),
});
export type LinesSensor = Static<typeof LinesSensor>;

/**
 * Keys that a line has by its form: a regex's groups or a CSV's columns; undefined where the line itself names its keys
 * (JSON, key=value).
 */
export function lineKeys(sensor: LinesSensor): string[] | undefined {
  if (sensor.regex !== undefined) return regexGroups(sensor.regex);
  return sensor.columns?.filter((name) => name !== '');
}

function check(sensor: LinesSensor): SensorFault[] {
  const faults: SensorFault[] = [];
  if ((sensor.regex === undefined) === (sensor.format === undefined))
    return [
      {
        path: sensor.regex === undefined ? [] : ['format'],
        message: 'a lines sensor has either "regex" or "format"',
        hint: '"format" is "json", "csv" or "keyvalue"',
      },
    ];
  if (sensor.regex !== undefined) {
    const guard = guardRegex(sensor.regex);
    if (!guard.ok) return [{ path: ['regex'], message: guard.message, hint: guard.hint }];
    const bad = guard.groups.find((name) => !new RegExp(KEY_PATTERN).test(name));
    if (bad !== undefined)
      faults.push({ path: ['regex'], message: `"${bad}" cannot be a key`, hint: Key.description ?? '' });
  }
  if ((sensor.format === 'csv') !== (sensor.columns !== undefined))
    faults.push({
      path: ['columns'],
      message: sensor.format === 'csv' ? '"columns" is missing' : '"columns" is only for "csv"',
      hint: 'name the columns of a CSV line from left to right',
    });
  if (sensor.separator !== undefined && sensor.format !== 'csv')
    faults.push({ path: ['separator'], message: '"separator" is only for "csv"', hint: 'drop it' });
  const keys = lineKeys(sensor);
  if (keys && keys.length === 0 && faults.length === 0)
    faults.push({ path: ['columns'], message: 'every column is skipped', hint: 'name at least one column' });
  const twice = keys?.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined)
    faults.push({
      path: ['columns'],
      message: `two columns are called "${twice}"`,
      hint: 'give each its own key',
    });
  for (const [key, value] of Object.entries(sensor.values ?? {})) {
    if (keys && !keys.includes(key))
      faults.push({
        path: ['values', key],
        message: `no ${sensor.regex === undefined ? 'column' : 'group'} is called "${key}"`,
        hint: `there are: ${keys.join(', ')}`,
      });
    if (keys && value.field !== undefined)
      faults.push({
        path: ['values', key, 'field'],
        message: '"field" is for "json" and "keyvalue"',
        hint: 'drop it',
      });
    if (
      sensor.text?.includes(key) &&
      [value.scale, value.offset, value.unit, value.range].some((v) => v !== undefined)
    )
      faults.push({
        path: ['values', key],
        message: `"${key}" is text and cannot be scaled`,
        hint: 'take it out of "text", or drop scale, offset, unit and range',
      });
    faults.push(...conversionFaults(value, ['values', key]), ...processingFaults(value, ['values', key]));
  }
  for (const [index, key] of (sensor.text ?? []).entries())
    if (keys && !keys.includes(key))
      faults.push({
        path: ['text', index],
        message: `no ${sensor.regex === undefined ? 'column' : 'group'} is called "${key}"`,
        hint: `there are: ${keys.join(', ')}`,
      });
  return faults;
}

/** Lines of text from a serial bus. Without "values", a JSON or key=value line names its items itself. */
export const LINES: DriverSpec<LinesSensor> & { schema: typeof LinesSensor } = {
  schema: LinesSensor,
  bus: 'serial',
  items(sensor) {
    const keys = lineKeys(sensor) ?? [...Object.keys(sensor.values ?? {}), ...(sensor.text ?? [])];
    return [...new Set(keys)].map((key) => declared(key, sensor.values?.[key]?.unit, sensor.values?.[key]));
  },
  check,
};
