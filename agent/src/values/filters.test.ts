import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Filter } from '@perch/broker-bridge/config/filters.ts';
import fc from 'fast-check';
import { FilterChain } from './filters.ts';

const SECOND = 1_000;
/** A row of readings through filters, one a second; null is a reading that gave nothing, or nothing that was said. */
function run(filters: Filter[], readings: readonly (number | string | boolean | null)[]) {
  const chain = new FilterChain(filters);
  return readings.map((reading, index) => {
    if (reading === null) {
      chain.gap();
      return null;
    }
    return chain.next(reading, index * SECOND) ?? null;
  });
}

const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const readings = fc.array(fc.option(number, { freq: 5 }), { maxLength: 60 });
const size = fc.integer({ min: 2, max: 12 });
const close = (a: number, b: number): boolean =>
  Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a), Math.abs(b));
const good = (window: readonly (number | null)[]): number[] => window.filter((one) => one !== null);

// --- the worked examples of firmware-notes/config.md, one for each filter

const EXAMPLES: [string, Filter[], (number | null)[], (number | null)[]][] = [
  ['offset adds', [{ offset: -0.5 }], [20, 21], [19.5, 20.5]],
  ['scale multiplies, and order matters', [{ scale: 1.8 }, { offset: 32 }], [0, 100], [32, 212]],
  ['calibrate linear', [{ calibrate: { linear: [2, 1] } }], [0, 10], [1, 21]],
  [
    'calibrate by points goes on beyond the ends',
    [
      {
        calibrate: {
          points: [
            [10, 0],
            [90, 100],
            [100, 100],
          ],
        },
      },
    ],
    [10, 50, 90, 95, 100, 2, 200],
    [0, 50, 100, 100, 100, -10, 100],
  ],
  ['median drops a spike', [{ median: 3 }], [20, 85, 20, 21, 21], [20, 52.5, 20, 21, 21]],
  ['mean smooths', [{ mean: 2 }], [10, 20, 30], [10, 15, 25]],
  ['min and max follow the window', [{ max: 2 }], [1, 5, 2, 2], [1, 5, 5, 2]],
  ['min', [{ min: 2 }], [5, 1, 2, 2], [5, 1, 1, 2]],
  [
    'delta turns a counter into steps, over an outage too',
    [{ delta: true }],
    [7, 9, null, 14],
    [null, 2, null, 5],
  ],
  ['deadband waits for a move', [{ deadband: 0.5 }], [20, 20.4, 20.6, 20.2], [20, null, 20.6, null]],
  ['deadband says 20 again after an outage', [{ deadband: 0.5 }], [20, null, 20], [20, null, 20]],
  [
    'a heartbeat speaks though nothing moved',
    [{ deadband: 1, heartbeat: '2s' }],
    [5, 5, 5, 5],
    [5, null, 5, null],
  ],
  ['clamp cuts off', [{ clamp: [0, 100] }], [-1, 50, 101], [0, 50, 100]],
  ['round keeps places', [{ round: 1 }], [20.04, 20.06], [20, 20.1]],
  ['throttle lets one through in a while', [{ throttle: '3s' }], [1, 2, 3, 4], [1, null, null, 4]],
];
for (const [title, filters, said, wanted] of EXAMPLES)
  test(`${title}`, () => {
    assert.deepEqual(run(filters, said), wanted);
  });

test('text and booleans pass what is for numbers, and a deadband tells when they change', () => {
  assert.deepEqual(run([{ scale: 2 }, { median: 3 }, { deadband: 1 }], ['on', 'on', 'off']), [
    'on',
    null,
    'off',
  ]);
  assert.deepEqual(run([{ throttle: '2s' }], [true, false, true]), [true, null, true]);
});

// --- a property each

const property = (name: string, check: () => void) => test(`property: ${name}`, check);

property('offset and scale are undone by their opposites', () =>
  fc.assert(
    fc.property(number, fc.double({ min: 0.001, max: 1000, noNaN: true }), (value, by) => {
      const [a] = run([{ offset: by }, { offset: -by }], [value]);
      const [b] = run([{ scale: by }, { scale: 1 / by }], [value]);
      return close(a as number, value) && close(b as number, value);
    }),
  ),
);

property('linear calibration is scale then offset', () =>
  fc.assert(
    fc.property(number, number, number, (value, slope, intercept) => {
      const [a] = run([{ calibrate: { linear: [slope, intercept] } }], [value]);
      const [b] = run([{ scale: slope }, { offset: intercept }], [value]);
      return Object.is(a, b);
    }),
  ),
);

property('calibration meets every point and stays between neighbours', () =>
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 20 }),
      fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 20, maxLength: 20 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (xs, ys, share) => {
        const points = xs.sort((a, b) => a - b).map((x, index) => [x, ys[index]!] as [number, number]);
        const at = (x: number) => run([{ calibrate: { points } }], [x])[0] as number;
        for (const [x, y] of points) assert.equal(at(x), y);
        const [x0, y0] = points[0]!;
        const [x1, y1] = points[1]!;
        const between = at(x0 + share * (x1 - x0));
        assert.ok(between >= Math.min(y0, y1) - 1e-9 && between <= Math.max(y0, y1) + 1e-9);
      },
    ),
  ),
);

const WINDOWS = {
  median: (values: number[]) => {
    const below = (m: number) => values.filter((one) => one < m).length;
    const above = (m: number) => values.filter((one) => one > m).length;
    return (m: number) => below(m) <= values.length / 2 && above(m) <= values.length / 2;
  },
  mean: (values: number[]) => (m: number) =>
    close(
      m * values.length,
      values.reduce((sum, one) => sum + one, 0),
    ),
  min: (values: number[]) => (m: number) => values.includes(m) && values.every((one) => one >= m),
  max: (values: number[]) => (m: number) => values.includes(m) && values.every((one) => one <= m),
};
for (const [name, holds] of Object.entries(WINDOWS))
  property(`${name} tells of the last n readings alone, whatever came before`, () =>
    fc.assert(
      fc.property(readings, size, (said, n) => {
        const outcome = run([{ [name]: n } as Filter], said);
        for (const [index, value] of said.entries()) {
          const window = good(said.slice(Math.max(0, index - n + 1), index + 1));
          if (value === null) assert.equal(outcome[index], null);
          else assert.ok(holds(window)(outcome[index] as number), `${outcome[index]} of ${window}`);
        }
      }),
    ),
  );

property('steps of a counter add up to its way, outages or not', () =>
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 1e6 })), { maxLength: 60 }), (said) => {
      const values = good(said);
      const sum = good(run([{ delta: true }], said) as (number | null)[]).reduce((a, b) => a + b, 0);
      return sum === (values.at(-1) ?? 0) - (values[0] ?? 0);
    }),
  ),
);

property('behind a deadband the receiver is never further off than the band, and is spared the rest', () =>
  fc.assert(
    fc.property(readings, fc.double({ min: 0, max: 1e5, noNaN: true }), (said, band) => {
      let shown: number | undefined;
      for (const [index, out] of (run([{ deadband: band }], said) as (number | null)[]).entries()) {
        const value = said[index]!;
        if (said[index] === null) shown = undefined;
        else if (out !== null) {
          assert.ok(shown === undefined || Math.abs(out - shown) > band);
          shown = out;
        } else assert.ok(shown !== undefined && Math.abs(value - shown) <= band);
      }
    }),
  ),
);

property('a heartbeat is never missed', () =>
  fc.assert(
    fc.property(fc.array(number, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (said, seconds) => {
      const out = run([{ deadband: 1e9, heartbeat: `${seconds}s` }], said);
      for (const [index, value] of out.entries()) assert.equal(value !== null, index % seconds === 0);
    }),
  ),
);

property('clamp keeps within and changes nothing that is within', () =>
  fc.assert(
    fc.property(number, number, fc.double({ min: 0.001, max: 1e6, noNaN: true }), (value, low, width) => {
      const [out] = run([{ clamp: [low, low + width] }], [value]) as number[];
      return out! >= low && out! <= low + width && (value < low || value > low + width || out === value);
    }),
  ),
);

property('round is within half a step and rounding again changes nothing', () =>
  fc.assert(
    fc.property(number, fc.integer({ min: 0, max: 9 }), (value, places) => {
      const [once] = run([{ round: places }], [value]) as number[];
      const [twice] = run([{ round: places }], [once!]);
      return Math.abs(once! - value) <= 0.5 * 10 ** -places * (1 + 1e-6) && once === twice;
    }),
  ),
);

property('throttle speaks at once, then never more often than it may', () =>
  fc.assert(
    fc.property(
      fc.array(number, { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 9 }),
      (said, seconds) => {
        const out = run([{ throttle: `${seconds}s` }], said);
        for (const [index, value] of out.entries()) assert.equal(value !== null, index % seconds === 0);
      },
    ),
  ),
);
