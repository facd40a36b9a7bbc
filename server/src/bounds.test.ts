import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InFlight } from './in-flight.ts';
import { NOTES_PER_SECOND, noteLog } from './note-log.ts';

test('work over the limit is turned away and counted; a place that is free again is used', async () => {
  const inFlight = new InFlight(2);
  const releases: (() => void)[] = [];
  const started: string[] = [];
  const work = (name: string) => () => {
    started.push(name);
    return new Promise<void>((resolve) => releases.push(resolve));
  };
  for (const name of ['a', 'b', 'c']) inFlight.run(work(name));
  assert.deepEqual([started, inFlight.turnedAway], [['a', 'b'], 1]);
  releases.shift()!();
  await new Promise((resolve) => setImmediate(resolve));
  inFlight.run(work('d'));
  assert.deepEqual(started, ['a', 'b', 'd']);
  for (const release of releases) release();
  await inFlight.settled(10_000);
});

test('an end does not wait for ever for work that hangs', async () => {
  const inFlight = new InFlight(1);
  inFlight.run(() => new Promise<void>(() => {}));
  await inFlight.settled(10);
});

test('of a storm of notes a few a second reach the log, and how many did not', () => {
  const lines: string[] = [];
  let now = 5_000;
  const note = noteLog(
    ({ level, text }) => lines.push(`${level} ${text}`),
    () => now,
  );
  for (let i = 0; i < 1_000; i++) note({ alias: 'pi-1', code: 'MALFORMED', text: 'garbage' });
  assert.equal(lines.length, NOTES_PER_SECOND);
  assert.equal(lines[0], 'warn pi-1: garbage');
  now += 1_000;
  note({ code: 'INTERNAL', text: 'a mistake of ours' });
  assert.deepEqual(lines.slice(NOTES_PER_SECOND), [
    `warn ${1_000 - NOTES_PER_SECOND} more notes are left out here`,
    'error a mistake of ours',
  ]);
});
