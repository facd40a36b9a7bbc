import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AWAY_MS, SILENCE_LOOK_MS } from './engine.ts';
import { alertBench, MINUTE, NOW, rule } from './testing/alert-bench.ts';

const SILENCE = 10 * MINUTE;

test('a board that is silent is told of, also one that never spoke again, and speaks again', async (t) => {
  const silence = rule({ name: 'silent', when: { silence: SILENCE } });
  const { clock, heard, states, engine, told, restart, pass } = await alertBench(t, [silence]);
  await pass(11 * MINUTE, ['pi-1']);
  assert.deepEqual(await states(), ['pi-2 firing']);
  assert.equal(told[0]!.text, 'silent: not heard for 10m');
  await restart();
  await engine().tick();
  assert.deepEqual(await states(), ['pi-2 firing'], 'a server that was just started has heard nobody');
  heard.set('pi-2', clock.now);
  await engine().tick();
  assert.deepEqual(await states(), ['pi-2 resolved']);
});

test('a server that was not connected takes nobody for silent because of that, but who stays silent', async (t) => {
  const { clock, states, engine, pass } = await alertBench(t, [rule({ when: { silence: SILENCE } })]);
  await pass(SILENCE - SILENCE_LOOK_MS);
  clock.now += AWAY_MS; // a break so short that it could be a busy machine
  engine().listens();
  await engine().tick();
  assert.deepEqual(await states(), [], 'the boards have not had the time to come back');
  await pass(SILENCE, ['pi-1']);
  assert.deepEqual(await states(), []);
  await pass(SILENCE_LOOK_MS, ['pi-1']);
  assert.deepEqual(await states(), ['pi-2 firing']);
});

test('a machine that slept, or whose clock was set forward or back, begins to listen anew', async (t) => {
  const { clock, states, engine, pass } = await alertBench(t, [rule({ when: { silence: SILENCE } })]);
  clock.now += 24 * 60 * MINUTE;
  await engine().tick();
  assert.deepEqual(await states(), []);
  clock.now -= 24 * 60 * MINUTE;
  await pass(SILENCE, ['pi-1']);
  assert.deepEqual(await states(), []);
  await pass(2 * SILENCE_LOOK_MS, ['pi-1']);
  assert.deepEqual(await states(), ['pi-2 firing'], 'as soon as by the clock before');
});

test('a look that cannot read is told of, harms nothing, and the next one looks again', async (t) => {
  const { states, pass, failed, reading } = await alertBench(t, [rule({ when: { silence: SILENCE } })]);
  await pass(SILENCE, ['pi-1']);
  reading.meanwhile = () => Promise.reject(new Error('the disk cannot be read'));
  await pass(SILENCE_LOOK_MS, ['pi-1']);
  assert.deepEqual(failed, ['the disk cannot be read']);
  assert.deepEqual(await states(), []);
  reading.meanwhile = async () => undefined;
  await pass(SILENCE_LOOK_MS, ['pi-1']);
  assert.deepEqual(await states(), ['pi-2 firing']);
});

test('a rule that goes while it is looked fires no more', async (t) => {
  const gone = rule({ when: { silence: SILENCE } });
  const { states, pass, reading, store, engine } = await alertBench(t, [
    gone,
    rule({ id: 'ba9876543210', when: { silence: 2 * SILENCE } }),
  ]);
  await pass(SILENCE, ['pi-1']);
  reading.meanwhile = async () => {
    reading.meanwhile = async () => undefined;
    await store.removeAlertRule(gone.id, 1, NOW);
    await engine().reload();
  };
  await pass(SILENCE_LOOK_MS, ['pi-1']);
  assert.deepEqual(await states(), []);
});
