import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ALL_SCHEMAS } from '@perch/broker-bridge/config/all-schemas.ts';
import { schemaFaults } from '@perch/broker-bridge/config/faults.ts';
import fc from 'fast-check';
import { compiledSchemas } from './compiled-schemas.ts';
import { MODULES } from './paths.ts';

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

describe('the checks that the executable carries', () => {
  let folder: string;
  let checkOf: (name: string) => (value: unknown) => boolean;

  before(async () => {
    // Below node_modules, where the module finds the library that it imports.
    folder = mkdtempSync(join(MODULES, '.perch-schemas-'));
    const file = join(folder, 'compiled.mjs');
    writeFileSync(file, compiledSchemas());
    ({ checkOf } = await import(file));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('accept what the schemas accept, and refuse what they refuse', () => {
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
        return checkOf(name)(value) === (schemaFaults(ALL_SCHEMAS.get(name)!, value, '').length === 0);
      }),
      { numRuns: 3_000 },
    );
  });
});
