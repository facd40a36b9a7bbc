import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DeviceSummary } from '../fleet-list/summary.ts';
import type { LatestItem } from '../series/latest.ts';
import { heading, metricText, sample } from './prometheus-text.ts';
import { type ServerFacts, serverMetrics } from './server-metrics.ts';
import { parseMetrics } from './testing/prometheus-parser.ts';
import { valueMetrics } from './value-metrics.ts';

const facts: ServerFacts = {
  status: {
    ...{ version: '0.1.0', pid: 1, started: 1_700_000_000_500, broker: 'mqtt://x', embedded: true },
    ...{ connected: true, sessions: 3, records: 70, dropped: 1 },
    objects: { making: null, percent: 0, waiting: 2 },
    counters: { ok: 12, helloClient: 4, MALFORMED: 2 },
  },
  ...{ waitingRows: 5, watchers: 6, boards: { approved: 3, pending: 1, revoked: 0, online: 2 } },
  ...{ memory: 1e8, cpuSeconds: 1.5, loopDelay: { mean: 0.02, max: 0.3 } },
};

const summary = (alias: string, more: Partial<DeviceSummary> = {}): DeviceSummary => ({
  ...{ alias, fingerprint: 'f', status: 'approved', platform: 'linux-arm64', version: '0.1.0' },
  ...{ configVersion: 2, configWanted: 2, online: true, health: 'ok', troubles: [], groups: [] },
  ...{ firstSeen: 0, lastSeen: 0, waiting: 0, alerts: 0, ...more },
});

async function textOf(
  all: [string, LatestItem[]][],
  boards: DeviceSummary[] = [],
  now = 10_000,
): Promise<string> {
  let text = '';
  const facts = {
    ...{ boards, now },
    async *all() {
      yield* all;
    },
  };
  for await (const piece of valueMetrics(facts)) text += piece;
  return text;
}

test('the server tells rounds and faults apart, and is read by a strict reader', () => {
  const families = parseMetrics(
    serverMetrics({
      ...facts,
      influx: { waiting: 1, written: 2, dropped: 3, refused: 4, untimed: 5 },
      webhooks: { delivered: 6, failed: 7, dropped: 8 },
    })
      .map(metricText)
      .join(''),
  );
  const values = (name: string) => families.get(name)?.samples.map(({ labels, value }) => [labels, value]);
  assert.deepEqual(values('perch_rounds_total'), [
    [{ round: 'ok' }, 12],
    [{ round: 'helloClient' }, 4],
  ]);
  assert.deepEqual(values('perch_faults_total'), [[{ code: 'MALFORMED' }, 2]]);
  assert.deepEqual(values('perch_records_stored_total'), [[{}, 70]]);
  assert.deepEqual(values('process_start_time_seconds'), [[{}, 1_700_000_000.5]]);
  assert.deepEqual(values('perch_boards'), [
    [{ state: 'approved' }, 3],
    [{ state: 'pending' }, 1],
    [{ state: 'revoked' }, 0],
    [{ state: 'online' }, 2],
  ]);
  assert.deepEqual(values('perch_webhook_messages_total')?.[2], [{ outcome: 'dropped' }, 8]);
  assert.deepEqual(values('perch_influxdb_points_total')?.[3], [{ outcome: 'untimed' }, 5]);
  for (const [name, { type }] of families) assert.equal(type === 'counter', name.endsWith('_total'), name);
});

test('numbers and truths are values, errors have their own family, and what is old is left out', async () => {
  const per = 1_000;
  const text = await textOf(
    [
      [
        'pi-1',
        [
          { name: 'air.t', unit: 'Cel', value: 21.5, at: 4_000, per },
          { name: 'air.door', value: true, at: 9_000, per },
          { name: 'air.note', value: 'dry', at: 9_000, per },
          { name: 'air.hum', unit: '%', error: 'crc', at: 9_000, per },
          { name: 'air.old', value: 1, at: 1, per, old: true },
          { name: 'air.fast', value: 1, at: 99_000, per },
        ],
      ],
    ],
    [summary('pi-1'), summary('pi-2', { online: false }), summary('pi-3', { status: 'pending' })],
  );
  const families = parseMetrics(text);
  const values = (name: string) => families.get(name)?.samples.map(({ labels, value }) => [labels, value]);
  assert.deepEqual(values('perch_value'), [
    [{ alias: 'pi-1', item: 'air.t', unit: 'Cel' }, 21.5],
    [{ alias: 'pi-1', item: 'air.door', unit: '' }, 1],
    [{ alias: 'pi-1', item: 'air.fast', unit: '' }, 1],
  ]);
  assert.deepEqual(values('perch_value_age_seconds'), [
    [{ alias: 'pi-1', item: 'air.t' }, 6],
    [{ alias: 'pi-1', item: 'air.door' }, 1],
    [{ alias: 'pi-1', item: 'air.note' }, 1],
    [{ alias: 'pi-1', item: 'air.fast' }, 0],
  ]);
  assert.deepEqual(values('perch_value_error'), [[{ alias: 'pi-1', item: 'air.hum', reason: 'crc' }, 1]]);
  assert.deepEqual(values('perch_board_up'), [
    [{ alias: 'pi-1' }, 1],
    [{ alias: 'pi-2' }, 0],
  ]);
  assert.deepEqual(values('perch_board_info')?.[0], [
    { alias: 'pi-1', platform: 'linux-arm64', version: '0.1.0', config: '2' },
    1,
  ]);
});

test('whatever labels and numbers there are, a strict reader finds them again', () => {
  assert.equal(sample('x', Number.NaN), 'x NaN\n');
  assert.equal(sample('x', -Infinity, { a: '"\\\n' }), 'x{a="\\"\\\\\\n"} -Inf\n');
  fc.assert(
    fc.property(fc.double(), fc.string({ unit: 'binary' }), (value, label) => {
      const text = heading({ name: 'x', help: `about\n${label}`.replaceAll('\r', ''), type: 'gauge' });
      const [found] = parseMetrics(text + sample('x', value, { label })).get('x')!.samples;
      assert.deepEqual([found?.value, found?.labels.label], [value + 0, label]);
    }),
  );
});

test('a fleet is written in pieces, and others have their turn between them', async () => {
  const items = Array.from({ length: 20 }, (_, n): LatestItem => {
    return { name: `sensor${n}.value`, unit: 'Cel', value: n / 7, at: 1, per: 1_000 };
  });
  const fleet = 2_000;
  let turns = 0;
  const turn = (): void => {
    turns += 1;
    ticking = setImmediate(turn);
  };
  let ticking = setImmediate(turn);
  let longest = 0;
  let lines = 0;
  const source = {
    now: 5_000,
    boards: Array.from({ length: fleet }, (_, n) => summary(`pi-${n}`)),
    async *all(): AsyncGenerator<[string, LatestItem[]]> {
      for (let n = 0; n < fleet; n++) {
        if (n % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
        yield [`pi-${n}`, items];
      }
    },
  };
  for await (const piece of valueMetrics(source)) {
    longest = Math.max(longest, piece.length);
    lines += piece.split('\n').length - 1;
  }
  clearImmediate(ticking);
  assert.equal(lines, 5 * 2 + fleet * (20 * 2 + 2));
  assert.ok(longest < 64 * 1024, `${longest} characters at once`);
  assert.ok(turns > 300, `${turns} turns`);
});
