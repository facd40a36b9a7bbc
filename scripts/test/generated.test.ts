import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ALL_SCHEMAS } from '@perch/broker-bridge/config/all-schemas.ts';
import { CHECKS } from '@perch/broker-bridge/config/compiled-schemas.mjs';
import { DRIVER_NAMES } from '@perch/broker-bridge/config/drivers.ts';
import { schemaFaults } from '@perch/broker-bridge/config/faults.ts';
import fc from 'fast-check';
import { GENERATED } from '../generate/generated.ts';

const ROOT = join(import.meta.dirname, '../..');

for (const [path, make] of Object.entries(GENERATED))
  test(`${path} is what its sources say now; else run: npm run generate`, () => {
    assert.ok(readFileSync(join(ROOT, path), 'utf8') === make(), `${path} is stale; run: npm run generate`);
  });

test('the page of sensors has a section for every driver', () => {
  const page = readFileSync(join(ROOT, 'firmware-notes/sensors.md'), 'utf8');
  for (const name of DRIVER_NAMES) assert.ok(page.includes(`\n### ${name}\n`), name);
});

/** Values that are near to what the schemas want: members with names that they know, and numbers and texts of their kinds. */
const near = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom('0x48', '0x76', '10s', 'b', 't', 'abc', '31', 'big', 'u16', '', 'ABCD', '424d'),
    fc.integer({ min: -2, max: 300 }),
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(null),
  ),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(
    fc.constantFrom(
      'id',
      'driver',
      'bus',
      'address',
      'every',
      'values',
      'only',
      'filters',
      'key',
      'range',
      'steps',
      'read',
      'fields',
      'at',
      'type',
      'len',
      'regex',
      'x',
    ),
    tie('value'),
    { maxKeys: 6 },
  ),
}));

test('property: what the compiled checks accept is what the schemas accept', () => {
  const names = [...ALL_SCHEMAS.keys()];
  fc.assert(
    fc.property(fc.constantFrom(...names), near.object, fc.boolean(), (name, drawn, plausible) => {
      const driver = ALL_SCHEMAS.get(name)!.properties?.driver?.const as string | undefined;
      const value = plausible
        ? {
            id: 's',
            bus: 'b',
            address: '0x48',
            ...(driver === undefined ? {} : { driver }),
            ...(drawn as object),
          }
        : drawn;
      return CHECKS[name]!(value) === (schemaFaults(ALL_SCHEMAS.get(name)!, value, '').length === 0);
    }),
    { numRuns: 3_000 },
  );
});
