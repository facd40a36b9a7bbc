import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IDLE, progressed, rested, samplingAllowance, stalledStage, watched } from './stages.ts';

test('a stage that gets somewhere in time is well; one that does not stalls, and since when is told', () => {
  let stages = watched(IDLE, 'sampling', 0, samplingAllowance(10_000));
  assert.equal(stalledStage(stages, 40_000), undefined, 'three periods and a long reading');
  assert.deepEqual(stalledStage(stages, 40_001), { stage: 'sampling', forMs: 40_001 });
  stages = progressed(stages, 'sampling', 39_000);
  assert.equal(stalledStage(stages, 79_000), undefined);
  assert.deepEqual(stalledStage(stages, 79_001), { stage: 'sampling', forMs: 40_001 });
});

test('a stage with nothing to do never stalls, and progress does not give it something to do', () => {
  const stages = rested(watched(IDLE, 'sending', 0, 1_000), 'sending');
  assert.equal(stalledStage(progressed(stages, 'sending', 5), 1e12), undefined);
  assert.equal(stalledStage(IDLE, 1e12), undefined);
});

test('to be told again that it has something to do gives a stage no more time', () => {
  let stages = watched(IDLE, 'storing', 0, 1_000);
  stages = watched(stages, 'storing', 900, 1_000);
  assert.deepEqual(stalledStage(stages, 1_001), { stage: 'storing', forMs: 1_001 });
  assert.equal(stalledStage(stages, 1_001, 2), undefined, 'patience doubles it');
});

test('a stage that is asked is well as long as what it does becomes another', () => {
  let stages = watched(IDLE, 'storing', 0, 1_000, 7);
  stages = watched(stages, 'storing', 900, 1_000, 7);
  assert.equal(stalledStage(stages, 1_001)?.stage, 'storing', 'the same commit still');
  stages = watched(stages, 'storing', 900, 1_000, 8);
  assert.equal(stalledStage(stages, 1_900), undefined, 'the next one since');
});

test('one stage\u2019s progress does not hide another\u2019s stall', () => {
  let stages = watched(IDLE, 'sampling', 0, 1_000);
  stages = watched(stages, 'storing', 0, 1_000);
  stages = progressed(stages, 'sampling', 1_500);
  assert.equal(stalledStage(stages, 1_600)?.stage, 'storing');
});
