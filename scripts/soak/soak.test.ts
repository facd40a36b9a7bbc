import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lacking } from '../test/programs.ts';
import { soak } from './soak.ts';

/** How long twenty boards suffer, in minutes; `npm run soak` does it for longer. */
const MINUTES = 0.5;

test('twenty boards under faults of every kind: no record is stored twice and none is lost silently', {
  timeout: 540_000,
  skip: lacking('mosquitto'),
}, async (t) => {
  const seed = Number(process.env.PERCH_SOAK ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed}: again by PERCH_SOAK=${seed} npm test -- soak`);
  const report = await soak({
    agents: 20,
    minutes: MINUTES,
    seed,
    progress() {},
    signal: new AbortController().signal,
  });
  t.diagnostic(JSON.stringify(report));
  assert.deepEqual(
    { duplicated: report.duplicated, unexplained: report.unexplained },
    { duplicated: 0, unexplained: 0 },
    JSON.stringify(report),
  );
  assert.equal(report.stored + report.gapCounted, report.taken);
  assert.ok(report.taken > 20 * 10 && Object.keys(report.faults).length > 5, JSON.stringify(report));
});
