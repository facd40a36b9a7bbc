import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../fuzz/random.ts';
import { lacking } from '../test/programs.ts';
import { faultsOf } from './card-check.ts';
import { fieldHouse } from './field.ts';
import { CutBoard, noCuts, publishReleases } from './power-cuts.ts';
import { drawCut, phaseOf } from './power-cuts-plan.ts';
import { foreignSystem, RIG_PROGRAMS } from './programs.ts';

const CUTS = 5;
const SEED = 11;

test('a board that loses its power again and again comes up by itself, and loses only what it may', {
  timeout: 600_000,
  skip: foreignSystem() || lacking(...RIG_PROGRAMS),
}, async (t) => {
  const house = await fieldHouse(t);
  await publishReleases(house);
  const report = noCuts();
  await new CutBoard(house, 'pi-1', report, (text) => t.diagnostic(text)).run(CUTS, seeded(SEED));
  assert.deepEqual(report.faults, []);
  assert.equal(report.cuts, CUTS);
  assert.deepEqual(
    [report.bricked, report.lostOutside, report.duplicated, report.fileSystemErrors],
    [0, 0, 0, 0],
  );
  assert.ok(report.taken > CUTS && report.stored > 0);
});

test('what the board was at when its power went is told by its console', () => {
  assert.equal(phaseOf('rig: up\n', '0.2.0', false), 'boot');
  assert.equal(phaseOf('{"stream":"a","version":"0.1.0"}\n', '0.2.0', false), 'sampling');
  assert.equal(phaseOf('{"stream"...\nfetching release 0.2.0\n', '0.2.0', false), 'update');
  assert.equal(phaseOf('release 0.2.0 is installed; starting it\n', '0.2.0', false), 'trial');
  assert.equal(phaseOf('{"stream":"a","version":"0.2.0"}\n', '0.2.0', false), 'trial');
  assert.equal(phaseOf('{"stream":"a","version":"0.2.0"}\n', '0.2.0', true), 'sampling');
});

test('a seed draws the same cuts each time, at every mark', () => {
  const draw = (seed: number) =>
    Array.from(
      { length: 60 },
      (
        (random) => () =>
          drawCut(random)
      )(seeded(seed)),
    );
  assert.deepEqual(draw(3), draw(3));
  assert.notDeepEqual(draw(3), draw(4));
  assert.equal(new Set(draw(3).map(({ mark }) => String(mark))).size, 4);
});

test('of what e2fsck says, a journal that is played back and files without a name are no fault', () => {
  const usual =
    'card: recovering journal\ncard: Clearing orphaned inode 131 (uid=999, gid=999, mode=0100600, size=0)\ncard: clean, 75/147456 files, 80000/621568 blocks\n';
  assert.deepEqual(faultsOf(usual), []);
  assert.deepEqual(faultsOf(`${usual}card: Inode 12 has illegal block(s).\n`), [
    'card: Inode 12 has illegal block(s).',
  ]);
});
