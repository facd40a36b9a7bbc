import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sumsToJson } from '../series/hour-items.ts';
import type { RecordRow } from './contract.ts';
import { type OpenStore, withStore } from './contract-suite.ts';
import { at, HOUR, LATER, settle } from './sample-hours.ts';

/** What a Store promises of hours whose records come in any order. */
export function hourOrderContract(name: string, open: OpenStore): void {
  test(`${name}: hours that were made as records came are those of all records at once`, () =>
    withStore(open, async ({ store }) => {
      let run = 0;
      await fc.assert(
        fc.asyncProperty(histories, async (batches) => {
          run += 1;
          const rows = (alias: string): RecordRow[][] =>
            batches.map(({ records }) => records.map((record) => ({ ...record, alias })));
          const [pieces, whole] = [`pieces-${run}`, `whole-${run}`];
          for (const [index, { then }] of batches.entries()) {
            await store.addRecords(rows(pieces)[index]!);
            if (then !== 'more') await settle(store);
            for (const hour of [0, 1, 2].map((n) => HOUR + n)) {
              if (then === 'final') await store.finalHour(pieces, hour, LATER);
              if (then === 'final') await store.drainHour(pieces, hour, LATER);
            }
          }
          await store.addRecords(rows(whole).flat());
          await settle(store);
          const shown = async (alias: string) =>
            Promise.all(
              [0, 1, 2].map(async (n) => {
                const row = await store.hour(alias, HOUR + n);
                if (row === undefined) return undefined;
                const items = new Map([...row.items].sort(([a], [b]) => (a < b ? -1 : 1)));
                return [row.records, [...row.runs], sumsToJson(items, HOUR + n)];
              }),
            );
          assert.deepEqual(await shown(pieces), await shown(whole));
        }),
        { numRuns: 60 },
      );
    }));
}

/** Records of three hours in any order, some of them twice, with times at which the hours are made or made final. */
const histories = fc
  .array(
    fc.record({
      number: fc.nat({ max: 40 }),
      // Few moments, so that several records share one.
      second: fc.nat({ max: 11 }).map((n) => n * 900),
      // Sums of these are exact in any order.
      value: fc.oneof(
        fc.integer({ min: -1000, max: 1000 }).map((n) => n / 8),
        fc.constantFrom('wet', 'dry', true),
      ),
      error: fc.constantFrom(undefined, 'nak', 'crc'),
      batch: fc.nat({ max: 4 }),
      again: fc.option(fc.nat({ max: 4 }), { nil: undefined, freq: 4 }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .chain((made) =>
    fc.array(fc.constantFrom('more', 'made', 'final'), { minLength: 5, maxLength: 5 }).map((steps) => {
      const unique = [...new Map(made.map((one) => [one.number, one])).values()];
      return steps.map((then, batch) => ({
        then,
        records: unique
          .filter(
            (one) => one.batch === batch || (one.again !== undefined && one.batch + one.again === batch),
          )
          .map(({ number, second, value, error }) =>
            at(number, second, {
              values: { 'a.b': value },
              errors: error === undefined ? {} : { 'c.d': error as 'nak' },
            }),
          ),
      }));
    }),
  );
