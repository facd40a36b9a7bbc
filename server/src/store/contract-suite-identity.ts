import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RecordRow } from './contract.ts';
import { type OpenStore, withStore } from './contract-suite.ts';
import { recordOf } from './sample-rows.ts';

const oldest = { order: 'oldest' } as const;
const EARLIER = 'e0'.repeat(16);
const LATER = '1a'.repeat(16);

/** As firmware-notes/wire.md tells it: the first 8 bytes of SHA-256 over the bytes of the two. */
const derived = (stream: string, boot: string): string =>
  createHash('sha256')
    .update(Buffer.from(stream, 'hex'))
    .update(Buffer.from(boot, 'hex'))
    .digest('hex')
    .slice(0, 16);

/** What a Store promises when numbers come again. */
export function identityContract(name: string, open: OpenStore): void {
  test(`${name}: a board whose old image was restored numbers anew what others are stored under: both are kept`, () =>
    withStore(open, async ({ store, reopen }) => {
      const before = [1, 2, 3].map((number) => recordOf({ number, boot: EARLIER, values: { n: number } }));
      await store.addRecords(before);
      const again = [2, 3, 4].map((number) =>
        recordOf({ number, boot: LATER, timestamp: 1_770_000_000_000 + number, values: { n: number * 100 } }),
      );
      const stream = derived(again[0]!.stream, LATER);
      const kept = [{ ...again[0]!, stream }, { ...again[1]!, stream }, again[2]!];
      assert.deepEqual(await store.addRecords(again), { fresh: kept, behind: true });
      const after = await reopen();
      assert.deepEqual(await after.addRecords(again), { fresh: [], behind: true }, 'sent again, told again');
      assert.deepEqual(await after.addRecords(before), { fresh: [], behind: false });
      assert.deepEqual(await after.records('greenhouse-1', oldest), [...before, ...kept]);
    }));

  test(`${name}: a record whose time was found later is the one it was, and its time is set right`, () =>
    withStore(open, async ({ store }) => {
      const unknown = recordOf({ timestamp: 90_000, synchronised: false, sinceBoot: 45_000 });
      const { stream, number, boot } = unknown;
      await store.addRecords([unknown]);
      const repaired = { ...unknown, timestamp: 1_760_000_045_000, synchronised: true };
      assert.deepEqual(await store.addRecords([repaired]), { fresh: [], behind: false });
      assert.deepEqual(await store.records('greenhouse-1'), [repaired]);
      assert.deepEqual(await store.addRecords([unknown]), { fresh: [], behind: false }, 'a late duplicate');
      assert.deepEqual(await store.records('greenhouse-1', { since: 100_000 }), [repaired]);
      // Another moment of the same boot is another record, whatever its time says.
      const other = { ...repaired, sinceBoot: 46_000 };
      const { fresh, behind } = await store.addRecords([other]);
      assert.ok(behind);
      assert.deepEqual(fresh, [{ ...other, stream: derived(stream, boot), number }]);
    }));

  test(`${name}: any order of records leaves each once, with the content that came first`, {
    timeout: 60_000,
  }, async () => {
    const row = fc.record({
      alias: fc.constantFrom('a', 'b'),
      stream: fc.constantFrom('0000000000000000', 'ffffffffffffffff'),
      number: fc.nat(3),
      boot: fc.constantFrom(EARLIER, LATER),
      timestamp: fc.nat(3),
      sinceBoot: fc.option(fc.nat(1), { nil: undefined }),
      synchronised: fc.boolean(),
      value: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string(), fc.boolean()),
    });
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.array(fc.array(row, { maxLength: 6 }), { minLength: 1, maxLength: 4 }) },
      { weight: 1, arbitrary: fc.constant('reopen' as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), (steps) =>
        withStore(open, async (opened) => {
          let store = opened.store;
          const model = new Map<string, RecordRow>();
          const owners = new Map<string, string>();
          for (const calls of steps) {
            if (calls === 'reopen') {
              store = await opened.reopen();
              continue;
            }
            const made = calls.map((rows) => rows.map(rowOf));
            const stored = await Promise.all(made.map((rows) => store.addRecords(rows)));
            for (const [index, rows] of made.entries()) {
              const fresh = rows.filter((item) => remember(model, item));
              assert.deepEqual(stored[index]!.fresh.map(content), fresh.map(content));
              const behind = rows.filter((item) => {
                const place = `${item.alias} ${item.stream} ${item.number}`;
                if (!owners.has(place)) owners.set(place, identity(item));
                return owners.get(place) !== identity(item);
              });
              assert.equal(stored[index]!.behind, behind.length > 0, 'who came first has the number');
            }
          }
          for (const alias of ['a', 'b']) {
            const expected = [...model.values()].filter((item) => item.alias === alias);
            const found = await store.records(alias, oldest);
            assert.deepEqual(found.map(content).sort(), expected.map(content).sort());
            assert.deepEqual(await store.records(alias), found.reverse());
          }
        }),
      ),
      { numRuns: 60 },
    );
  });
}

function rowOf({
  value,
  sinceBoot,
  ...rest
}: Pick<RecordRow, 'alias' | 'stream' | 'number' | 'boot' | 'timestamp' | 'synchronised'> & {
  value: number | string | boolean;
  sinceBoot: number | undefined;
}): RecordRow {
  // JSON knows no -0, and a sensor no difference.
  const values = { 'x.y': value === 0 ? 0 : value };
  return recordOf({ ...rest, values, ...(sinceBoot === undefined ? {} : { sinceBoot }) });
}

/** Which record it is, among all of a test. */
const identity = ({ alias, stream, number, boot, sinceBoot, timestamp }: RecordRow): string =>
  `${alias} ${stream} ${number} ${boot} ${sinceBoot === undefined ? timestamp : `+${sinceBoot}`}`;

/** A record without the stream that it was given. */
const content = ({ stream: _, ...row }: RecordRow): string => JSON.stringify(row, Object.keys(ALL).sort());
const ALL = { ...recordOf({ sinceBoot: 0 }), 'x.y': 0 };

function remember(model: Map<string, RecordRow>, row: RecordRow): boolean {
  const known = model.get(identity(row));
  if (known === undefined) {
    model.set(identity(row), { ...row });
    return true;
  }
  if (row.synchronised && !known.synchronised)
    Object.assign(known, { synchronised: true, timestamp: row.timestamp });
  return false;
}
