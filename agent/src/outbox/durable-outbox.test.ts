import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { GAPS_KEPT, MEMORY_RECORDS, RESERVE_STEP, SEGMENT_BYTES } from './limits.ts';
import { ALL, DURABILITY, deliver, HOUR, numbersOf } from './testing/box.ts';
import { ground, range, segs } from './testing/faults.ts';

test('while the server OKs each record at once, nothing is written to the disk but the numbers', async (t) => {
  const board = ground(t);
  const box = board.open();
  for (let at = 0; at < 300; at++) {
    box.add(board.record(at));
    box.acknowledge(box.batch(ALL));
    await board.pass(box, 10_000);
  }
  assert.equal(segs(board).length, 0);
  assert.ok(box.status.written < 1_000, `${box.status.written} bytes`);
});

test('a record that is on its way when a window ends is not written for one that the server had long before', async (t) => {
  const board = ground(t);
  const box = board.open();
  for (let at = 0; at < 300; at++) {
    box.add(board.record(at));
    await board.pass(box, 400);
    box.acknowledge(box.batch(ALL));
    await board.pass(box, 700);
  }
  assert.equal(segs(board).length, 0);
  assert.ok(box.status.written < 1_000, `${box.status.written} bytes`);
});

test('what the server does not have is on disk within the window, and comes back after a power cut', async (t) => {
  const board = ground(t);
  const box = board.open();
  for (let at = 0; at < 10; at++) {
    box.add(board.record(at));
    await board.pass(box, 10_000);
  }
  const { onDisk, waiting } = box.status;
  assert.ok(waiting === 10 && onDisk >= 10 - DURABILITY.exposed, `${onDisk} of ${waiting} on disk`);
  board.loseRam();
  const after = board.open();
  const { records, gaps } = await deliver(after);
  assert.deepEqual(numbersOf(records), range(1, onDisk), 'in their order');
  assert.deepEqual(
    records.map(({ values }) => values.get(0)),
    range(0, onDisk - 1),
  );
  assert.equal(gaps.length, 1);
  const [gap] = gaps;
  assert.deepEqual([gap!.why, gap!.from], ['stopped', onDisk + 1]);
  assert.ok(gap!.to >= 10 && gap!.count === DURABILITY.exposed, JSON.stringify(gap));
  assert.ok(after.add(board.record()).number > gap!.to, 'no number is used twice');
});

test('a process that is killed loses nothing: the journal in RAM has what the disk has not', async (t) => {
  const board = ground(t);
  const box = board.open();
  for (let at = 1; at <= 5; at++) box.add(board.record(at));
  await board.pass(box, 30_000);
  for (let at = 6; at <= 9; at++) box.add(board.record(at));
  const after = board.open();
  assert.equal(after.add(board.record(10)).number, 10);
  const { records, gaps } = await deliver(after);
  assert.deepEqual(
    numbersOf(records).sort((a, b) => a - b),
    range(1, 10),
  );
  assert.deepEqual(gaps, []);
});

test('a window of 0 s has each record on disk before the next is taken', async (t) => {
  const board = ground(t);
  const box = board.open({ durability: { ...DURABILITY, windowMs: 0, exposed: 1 } });
  for (let at = 1; at <= 20; at++) {
    box.add(board.record(at));
    await box.idle();
    assert.equal(box.status.onDisk, at);
  }
  board.loseRam();
  const { records } = await deliver(board.open());
  assert.deepEqual(numbersOf(records), range(1, 20));
});

test('an end in good order leaves all on disk, nothing in RAM and no gap', async (t) => {
  const board = ground(t);
  const box = board.open();
  for (let at = 1; at <= 3; at++) box.add(board.record(at));
  await box.close();
  assert.ok(!existsSync(board.ramFolder));
  const after = board.open();
  assert.equal(after.add(board.record()).number, 4, 'the count goes on');
  const { records, gaps } = await deliver(after);
  assert.deepEqual([numbersOf(records), gaps], [[1, 2, 3, 4], []]);
});

test('the newest record goes first, the oldest of the backlog behind it', async (t) => {
  const board = ground(t);
  const box = board.open();
  for (let at = 1; at <= 400; at++) box.add(board.record(at));
  await board.pass(box, 30_000);
  assert.equal(box.status.onDisk, 400);
  assert.equal(box.has(true), false, 'it is not read before somebody asks');
  await box.idle();
  assert.equal(board.ready, 1);
  box.add(board.record(401));
  const batch = box.batch({ records: 10, bytes: 1e6, backlog: true });
  assert.deepEqual(numbersOf(batch.records), [...range(1, 9), 401]);
  const live = box.batch({ records: 10, bytes: 1e6, backlog: false });
  assert.deepEqual(numbersOf(live.records), [401]);
});

test('acknowledged space is free at once, and memory holds a part of the backlog only', async (t) => {
  const board = ground(t);
  const box = board.open();
  for (let at = 1; at <= 5_000; at++)
    box.add(board.record(at, { values: new Map([[0, 'x'.repeat(100)]]) as never }));
  await board.pass(box, 30_000);
  const before = segs(board).length;
  assert.ok(before > 5, `${before} segments`);
  let seen = 0;
  while (box.size > 0) {
    box.has(true);
    await box.idle();
    const batch = box.batch({ records: 128, bytes: 24 * 1024, backlog: true });
    assert.ok(batch.records.length > 0);
    seen += batch.records.length;
    box.acknowledge(batch);
    await box.idle();
    assert.ok(segs(board).length * SEGMENT_BYTES >= box.status.diskBytes);
    assert.ok(segs(board).length <= Math.ceil(((5_000 - seen) / 5_000) * before) + 2);
  }
  assert.equal(seen, 5_000);
  assert.deepEqual(segs(board), []);
});

test('a full outbox gives up its oldest segment and says which records that were', async (t) => {
  const board = ground(t);
  const box = board.open({ durability: { ...DURABILITY, bytes: 3 * SEGMENT_BYTES } });
  for (let at = 1; at <= 6_000; at++) {
    box.add(board.record(at, { values: new Map([[0, 'x'.repeat(50)]]) as never }));
    if (at % 100 === 0) await board.pass(box, 30_000);
  }
  assert.ok(box.status.diskBytes <= 3 * SEGMENT_BYTES);
  const { records, gaps } = await deliver(box);
  assert.equal(gaps.length, 1, 'one after the other they are one gap');
  const [gap] = gaps;
  assert.deepEqual([gap!.why, gap!.from, gap!.count], ['full', 1, gap!.to]);
  assert.deepEqual(numbersOf(records), range(gap!.to + 1, 6_000), 'the rest is all there');
});

test('a crash between the gap and the removal of its segment loses nothing silently', async (t) => {
  const board = ground(t);
  const box = board.open({ durability: { ...DURABILITY, bytes: 2 * SEGMENT_BYTES } });
  let saved: { numbers: Buffer; gone: { name: string; bytes: Buffer } } | undefined;
  for (let at = 1; at <= 4_000 && saved === undefined; at++) {
    box.add(board.record(at, { values: new Map([[0, 'x'.repeat(50)]]) as never }));
    if (at % 100 !== 0) continue;
    const before = segs(board).map((name) => ({ name, bytes: readFileSync(join(board.folder, name)) }));
    await board.pass(box, 30_000);
    const gone = before.find(({ name }) => !segs(board).includes(name));
    if (gone) saved = { numbers: readFileSync(join(board.folder, 'numbers')), gone };
  }
  writeFileSync(join(board.folder, saved!.gone.name), saved!.gone.bytes);
  const { records, gaps } = await deliver(board.open());
  assert.equal(numbersOf(records)[0], 1, 'what came back is delivered too');
  assert.equal(gaps.filter(({ why }) => why === 'full').length, 1);
});

test('records that are older than the config keeps are given up, but never by a clock that is not set', async (t) => {
  const board = ground(t);
  const box = board.open({ durability: { ...DURABILITY, ageMs: 24 * HOUR } });
  box.add(board.record(1));
  await board.pass(box, 30_000);
  board.synchronised = false;
  await board.pass(box, 48 * HOUR);
  assert.equal(box.status.waiting, 1);
  board.synchronised = true;
  await board.pass(box, 2 * HOUR);
  const { records, gaps } = await deliver(box);
  assert.deepEqual(records, []);
  assert.deepEqual(
    gaps.map(({ from, to, count, why }) => [from, to, count, why]),
    [[1, 1, 1, 'age']],
  );

  box.add(board.record(2, { timestamp: 12_000, sinceBoot: 12_000, unsynchronised: true }));
  await board.pass(box, 48 * HOUR);
  assert.equal(box.status.waiting, 1, 'a time of 1970 says nothing about its age');
});

test('a torn tail is set aside and told, and what is whole comes back', async (t) => {
  const board = ground(t);
  const box = board.open();
  for (let block = 0; block < 3; block++) {
    for (let at = 0; at < 3; at++) box.add(board.record(at));
    await board.pass(box, 30_000);
  }
  const [name] = segs(board);
  const path = join(board.folder, name!);
  const end = readFileSync(path).findLastIndex((byte) => byte !== 0) + 1;
  truncateSync(path, end - 10);
  board.loseRam();
  const after = board.open();
  const { records, gaps } = await deliver(after);
  assert.deepEqual(numbersOf(records), range(1, 6));
  assert.ok(gaps.some(({ from, to }) => from === 7 && to >= 9));
  assert.ok(
    board.notes.some((note) => /bytes of .*\.seg are damaged/.test(note)),
    board.notes.join('\n'),
  );
  assert.equal(readdirSync(join(board.folder, 'aside')).length, 1);
});

test('any byte of a segment may rot: every record is delivered as it was or counted in a gap', async (t) => {
  const board = ground(t);
  const box = board.open();
  for (let block = 0; block < 3; block++) {
    for (let at = 1; at <= 3; at++) box.add(board.record(block * 3 + at));
    await board.pass(box, 30_000);
  }
  board.loseRam();
  const [name] = segs(board);
  const path = join(board.folder, name!);
  const whole = readFileSync(path);
  const numbers = readFileSync(join(board.folder, 'numbers'));
  const end = whole.findLastIndex((byte) => byte !== 0) + 1;
  for (let at = 0; at < end + 4; at += 3) {
    rmSync(board.folder, { recursive: true });
    mkdirSync(board.folder);
    const rotten = Buffer.from(whole);
    rotten[at]! ^= 0x41;
    writeFileSync(path, rotten);
    writeFileSync(join(board.folder, 'numbers'), numbers);
    const after = board.open();
    const { records, gaps } = await deliver(after);
    board.loseRam();
    for (const { number, values } of records) assert.equal(values.get(0), number, `byte ${at}`);
    for (const number of range(1, 9))
      assert.ok(
        records.some((one) => one.number === number) ||
          gaps.some(({ from, to }) => from <= number && number <= to),
        `record ${number} with byte ${at} changed`,
      );
  }
});

test('a damaged file of numbers, a foreign file and an empty segment stop no start', async (t) => {
  const board = ground(t);
  const box = board.open();
  for (let at = 1; at <= 3; at++) box.add(board.record(at));
  await box.close();
  const before = box.stream;
  writeFileSync(join(board.folder, 'numbers'), 'PRN1 but not what it was');
  writeFileSync(join(board.folder, 'holiday.txt'), 'hello');
  writeFileSync(join(board.folder, '0000000000000009.seg'), Buffer.alloc(100));
  const after = board.open();
  assert.notDeepEqual(after.stream, before, 'numbers that cannot be trusted begin a new stream');
  const { records, gaps } = await deliver(after);
  assert.deepEqual(numbersOf(records), [1, 2, 3]);
  assert.deepEqual(records[0]!.stream, before, 'records keep the stream that numbered them');
  assert.equal(gaps[0]!.why, 'damaged');
  assert.equal(readFileSync(join(board.folder, 'holiday.txt'), 'utf8'), 'hello');
  assert.ok(!segs(board).includes('0000000000000009.seg'));
});

test('an older image of the card goes on behind its reserved numbers, never on those that were used', async (t) => {
  const board = ground(t);
  const box = board.open();
  box.add(board.record(1));
  await board.pass(box, 30_000);
  const image = new Map(
    readdirSync(board.folder).map((name) => [name, readFileSync(join(board.folder, name))]),
  );
  for (let at = 2; at <= 400; at++) box.add(board.record(at));
  board.loseRam();
  rmSync(board.folder, { recursive: true });
  mkdirSync(board.folder);
  for (const [name, bytes] of image) writeFileSync(join(board.folder, name), bytes);
  assert.ok(board.open().add(board.record()).number > 400);
});

test('when the server says that numbers went back, what comes is numbered in a new stream', async (t) => {
  const board = ground(t);
  const box = board.open();
  const old = box.add(board.record(1));
  box.renew();
  const fresh = box.add(board.record(2));
  assert.notDeepEqual(fresh.stream, old.stream);
  await board.pass(box, 30_000);
  const after = board.open();
  await after.idle();
  const first = after.batch(ALL);
  assert.deepEqual([first.stream, numbersOf(first.records)], [old.stream, [1]], 'a message is of one stream');
  after.acknowledge(first);
  assert.deepEqual(after.batch(ALL).stream, fresh.stream);
});

test('on a disk that takes nothing the board goes on in memory, says so, and writes when it can again', async (t) => {
  const board = ground(t);
  writeFileSync(board.folder, 'a file where the folder should be'); // every call under it fails, for root too
  const box = board.open();
  for (let at = 1; at <= 3; at++) box.add(board.record(at));
  await board.pass(box, 60_000);
  assert.equal(box.status.disk, 'io');
  assert.deepEqual(numbersOf(box.batch(ALL).records), [1, 2, 3]);
  assert.equal(board.notes.filter((note) => note.includes('the disk')).length, 1, 'told once');
});

test('memory is bounded: beyond it the oldest records become one gap', async (t) => {
  const board = ground(t);
  writeFileSync(board.folder, '');
  const box = board.open();
  for (let at = 1; at <= MEMORY_RECORDS + 5; at++) box.add(board.record(at));
  assert.equal(box.status.waiting, MEMORY_RECORDS);
  const { gaps } = box.batch({ records: 1, bytes: 1, backlog: true });
  assert.deepEqual(
    gaps.map(({ from, to, count, why }) => [from, to, count, why]),
    [[1, 5, 5, 'full']],
  );
});

test('a record that cannot be encoded is a gap, and those beside it are kept', async (t) => {
  const board = ground(t);
  const box = board.open();
  box.add(board.record(1));
  box.add(board.record(Number.NaN));
  box.add(board.record(3));
  await board.pass(box, 30_000);
  const { records, gaps } = await deliver(box);
  assert.deepEqual(numbersOf(records), [1, 3]);
  assert.deepEqual(
    gaps.map(({ from, why }) => [from, why]),
    [[2, 'unsendable']],
  );
});

test('a gap is told until the server has it, and one that grew is told again', async (t) => {
  const board = ground(t);
  const box = board.open();
  box.add(board.record(Number.NaN));
  const told = box.batch(ALL);
  box.add(board.record(Number.NaN));
  box.acknowledge(told);
  assert.deepEqual(
    box.batch(ALL).gaps.map(({ from, to }) => [from, to]),
    [[1, 2]],
  );
  box.acknowledge(box.batch(ALL));
  assert.equal(box.size, 0);
  await box.close();
  assert.equal(board.open().size, 0);
});

test('gaps beyond their limit get coarser; none is forgotten', async (t) => {
  const board = ground(t);
  const box = board.open();
  for (let at = 0; at < GAPS_KEPT + 20; at++) {
    box.add(board.record(Number.NaN));
    box.add(board.record(1));
  }
  assert.equal(box.status.gaps, GAPS_KEPT);
  const { gaps } = await deliver(box);
  for (let at = 0; at < GAPS_KEPT + 20; at++)
    assert.ok(gaps.some(({ from, to }) => from <= at * 2 + 1 && at * 2 + 1 <= to));
  assert.equal(
    gaps.reduce((sum, { count }) => sum + count, 0),
    GAPS_KEPT + 20,
  );
});

test('numbers are taken from the disk in steps, ahead of their use', async (t) => {
  const board = ground(t);
  const box = board.open();
  for (let at = 1; at <= 3 * RESERVE_STEP; at++) {
    box.add(board.record(at));
    box.acknowledge(box.batch(ALL));
    await box.idle();
  }
  board.loseRam();
  const after = board.open();
  assert.ok(after.add(board.record()).number > 3 * RESERVE_STEP);
  assert.ok(box.status.written < 3_000, `${box.status.written} bytes for ${3 * RESERVE_STEP} records`);
});
