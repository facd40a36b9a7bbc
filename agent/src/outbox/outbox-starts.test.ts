import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { BLOCK_HEADER, scanSegment } from './block.ts';
import type { Gap } from './gaps.ts';
import { ALL, deliver, numbersOf } from './testing/box.ts';

import { ground, lostOf, rot, segs } from './testing/faults.ts';

test('a killed agent whose last committed block rotted tells it', async (t) => {
  const g = ground(t);
  let box = g.open();
  for (let i = 1; i <= 10; i++) box.add(g.record(i));
  await g.pass(box, 30_000);
  for (let i = 11; i <= 20; i++) box.add(g.record(i));
  await g.pass(box, 30_000);
  await box.abandon(); // kill -9: RAM stays
  rot(g, segs(g)[0]!, 1);
  box = g.open();
  const { records, gaps } = await deliver(box);
  assert.ok(
    records.length + lostOf(gaps) >= 20,
    `${records.length} came, gaps ${JSON.stringify(gaps)}; ${g.notes}`,
  );
});

test('a stale journal of an earlier run does not pass for a whole one', async (t) => {
  const g = ground(t);
  let box = g.open();
  box.add(g.record(1));
  await box.abandon(); // killed: /dev/shm journal of run 1
  const other = join(g.root, 'ram2');
  box = g.open({ ramFolder: other }); // as a service: another RAM folder
  await deliver(box);
  for (let i = 0; i < 4; i++) box.add(g.record(i)); // in RAM 2 only
  await box.abandon();
  rmSync(other, { recursive: true }); // systemd removes /run/perch
  box = g.open(); // run 1's folder again
  const { gaps } = await deliver(box);
  assert.ok(
    lostOf(gaps) >= 4,
    `4 records lost, gaps ${JSON.stringify(gaps)}, next ${box.add(g.record()).number}`,
  );
});

test('records taken while the folder could not be read come after the next start', async (t) => {
  const g = ground(t);
  let box = g.open();
  for (let i = 1; i <= 5; i++) {
    box.add(g.record(i));
    await g.pass(box, 30_000);
  }
  await box.close();
  const saved = `${g.folder}.x`;
  renameSync(g.folder, saved);
  writeFileSync(g.folder, ''); // stands for EIO, EACCES
  box = g.open();
  for (let i = 1; i <= 7; i++) box.add(g.record(100 + i));
  await box.close(); // offline: only in RAM
  rmSync(g.folder);
  renameSync(saved, g.folder);
  box = g.open();
  const { records, gaps } = await deliver(box);
  assert.ok(
    records.filter((r) => (r.values.get(0) as number) > 100).length + lostOf(gaps) >= 7,
    `${records.map((r) => r.values.get(0))} gaps ${JSON.stringify(gaps)} notes ${g.notes}`,
  );
});

test('numbers damaged, nothing on disk, power cut: told somehow', async (t) => {
  const g = ground(t);
  let box = g.open();
  for (let i = 1; i <= 4; i++) box.add(g.record(i));
  await box.abandon();
  g.loseRam();
  writeFileSync(join(g.folder, 'numbers'), 'rubbish');
  box = g.open();
  const { gaps } = await deliver(box);
  assert.ok(lostOf(gaps) >= 4, `gaps ${JSON.stringify(gaps)}`);
});

test('a journal block this version cannot read is told', async (t) => {
  const g = ground(t);
  let box = g.open();
  for (let i = 1; i <= 4; i++) box.add(g.record(i));
  await box.abandon();
  const name = readdirSync(g.ramFolder).find((n) => n.endsWith('.ram'))!;
  const path = join(g.ramFolder, name);
  const bytes = readFileSync(path);
  const b = scanSegment(bytes).blocks[1]!;
  bytes[b.offset + BLOCK_HEADER + 1] = 9; // another field, as a newer version may write
  bytes.writeUInt32LE(crc32(bytes.subarray(b.offset + 8, b.offset + b.length)), b.offset + 4);
  writeFileSync(path, bytes);
  box = g.open();
  const { records, gaps } = await deliver(box);
  assert.ok(
    records.length + lostOf(gaps) >= 4,
    `${numbersOf(records)} gaps ${JSON.stringify(gaps)} notes ${g.notes}`,
  );
});

test('a foreign file with a huge number for a name does not stop records', async (t) => {
  const g = ground(t);
  let box = g.open();
  for (let i = 1; i <= 4; i++) box.add(g.record(i));
  await box.abandon();
  writeFileSync(join(g.folder, '9999999999999999.seg'), '');
  box = g.open();
  box.add(g.record(5));
  const { records, gaps } = await deliver(box);
  assert.ok(records.length >= 5, `${numbersOf(records)} gaps ${JSON.stringify(gaps)}; ${g.notes}`);
});

test('numbers damaged + power cut: count not below the truth', async (t) => {
  const g = ground(t);
  const box = g.open();
  box.add(g.record(1));
  await g.pass(box, 30_000);
  for (let i = 0; i < 4; i++) box.add(g.record(i));
  await box.abandon();
  g.loseRam();
  writeFileSync(join(g.folder, 'numbers'), 'rubbish');
  const { records, gaps } = await deliver(g.open());
  assert.ok(records.length + lostOf(gaps) >= 5, `${records.length} came, gaps ${JSON.stringify(gaps)}`);
});

test('three power cuts on a good link are three gaps, each behind the one before', async (t) => {
  const g = ground(t);
  const gaps: Gap[] = [];
  for (let cut = 0; cut < 3; cut++) {
    const box = g.open();
    gaps.push(...(await deliver(box)).gaps);
    for (let i = 0; i < 10; i++) {
      box.add(g.record(i));
      box.acknowledge(box.batch(ALL));
      await g.pass(box, 10_000);
    }
    for (let i = 0; i < 4; i++) box.add(g.record(i));
    await box.abandon();
    g.loseRam();
  }
  gaps.push(...(await deliver(g.open())).gaps);
  assert.deepEqual(
    gaps.map(({ count }) => count),
    [4, 4, 4],
  );
  for (const [index, { from }] of gaps.entries()) assert.ok(index === 0 || from > gaps[index - 1]!.to);
});

test('an agent that is killed again and again within its window writes what it recovered', async (t) => {
  const g = ground(t);
  for (let life = 0; life < 10; life++) {
    const box = g.open();
    box.add(g.record(life));
    await g.pass(box, 10_000);
    box.add(g.record(life));
    await g.pass(box, 10_000);
    await box.abandon();
  }
  g.loseRam();
  const { records, gaps } = await deliver(g.open());
  assert.ok(records.length >= 18, `${records.length} of 20 came`);
  assert.ok(lostOf(gaps) >= 20 - records.length);
});

test('a folder of somebody else in the journal does not take its records along silently', async (t) => {
  const g = ground(t);
  let box = g.open();
  for (let i = 1; i <= 4; i++) box.add(g.record(i));
  await box.abandon();
  mkdirSync(join(g.ramFolder, '0.ram'));
  box = g.open();
  const { records, gaps } = await deliver(box);
  assert.ok(records.length + lostOf(gaps) >= 4, `${numbersOf(records)} gaps ${JSON.stringify(gaps)}`);
});
