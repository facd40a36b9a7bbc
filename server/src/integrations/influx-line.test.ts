import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lineOf } from './influx-line.ts';
import { parseLines } from './testing/line-parser.ts';

test('a record is a point with a field for each item', () => {
  const values = { 'air.t': 21.5, 'air.door': true, 'air.note': 'warm, "dry" \\ quiet', 'a b,c=d': -1e-7 };
  const line = lineOf({ alias: 'pi-1', timestamp: 1_700_000_000_123, values });
  assert.equal(
    line,
    String.raw`perch,alias=pi-1 air.t=21.5,air.door=true,air.note="warm, \"dry\" \\ quiet",a\ b\,c\=d=-1e-7 1700000000123`,
  );
  const [point] = parseLines(line!);
  assert.deepEqual(point, {
    measurement: 'perch',
    tags: { alias: 'pi-1' },
    fields: values,
    time: 1_700_000_000_123,
  });
});

test('what has no form is left out, and a record of nothing else too', () => {
  const line = (values: Record<string, number | string>) => lineOf({ alias: 'a', timestamp: 1, values });
  assert.equal(line({}), undefined);
  assert.equal(line({ a: Number.NaN, b: Infinity, 'c\n': 1, 'd\\': 1 }), undefined);
  assert.equal(line({ a: Number.NaN, b: 2 }), 'perch,alias=a b=2 1');
});

test('whatever names and texts there are, a strict reader finds the same points', () => {
  const value = fc.oneof(
    // Minus nothing is written as nothing.
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.boolean(),
    fc.string({ unit: 'binary' }),
  );
  const name = fc
    .string({ unit: 'binary', minLength: 1 })
    .filter((text) => !/[\r\n\\]/.test(text) && text !== '__proto__');
  const record = fc.record(
    {
      alias: fc.stringMatching(/^[a-z0-9._-]{1,64}$/),
      timestamp: fc.integer(),
      values: fc.dictionary(name, value, { minKeys: 1, noNullPrototype: true }),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(record), (all) => {
      const points = parseLines(all.map((one) => lineOf(one)!).join('\n'));
      assert.deepEqual(
        points.map(({ tags, fields, time }) => ({ alias: tags.alias, timestamp: time, values: fields })),
        all,
      );
    }),
  );
});
