import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { scanSegment } from './block.ts';
import { type DiskFiles, realFiles } from './disk-files.ts';
import { DiskWork } from './disk-work.ts';
import { type Gap, withGap } from './gaps.ts';
import { hex } from './record.ts';
import { ALL, DURABILITY, deliver } from './testing/box.ts';

import { errno, ground, lostOf, range, rot, segs } from './testing/faults.ts';

test('damage between the start and the reading is told', async (t) => {
  const g = ground(t);
  let box = g.open();
  for (let i = 1; i <= 10; i++) box.add(g.record(i));
  await g.pass(box, 30_000);
  for (let i = 11; i <= 20; i++) box.add(g.record(i));
  await g.pass(box, 30_000);
  for (let i = 0; i < 3000; i++) box.add(g.record('x'.repeat(100) as never));
  await g.pass(box, 30_000);
  await box.close();
  box = g.open();
  await box.idle();
  const all = segs(g);
  const name = all[3]!; // surveyed, not read ahead
  const n = scanSegment(readFileSync(join(g.folder, name))).blocks.reduce((a, b) => a + b.count, 0);
  rot(g, name, 0);
  const { records, gaps } = await deliver(box);
  assert.ok(
    records.length + lostOf(gaps) >= 3020,
    `${3020 - records.length} records of ${name} (${n}) never came, gaps count ${lostOf(gaps)}; notes ${g.notes}`,
  );
});

test('two segments with a bad block in one run do not stall the backlog', async (t) => {
  const g = ground(t);
  const box = g.open();
  for (let c = 0; c < 12; c++) {
    for (let i = 0; i < 200; i++) box.add(g.record('x'.repeat(100) as never));
    await g.pass(box, 30_000);
  }
  assert.ok(segs(g).length > 4);
  rot(g, segs(g)[0]!, 0);
  rot(g, segs(g)[1]!, 1);
  let got = 0;
  for (let r = 0; r < 500; r++) {
    box.has(true);
    await box.idle();
    const b = box.batch({ records: 128, bytes: 24_576, backlog: true });
    got += b.records.length;
    box.acknowledge(b);
    await box.idle();
  }
  assert.ok(
    box.size === 0,
    `after 500 rounds ${got} of 2400 came, size ${box.size}, has(true) ${box.has(true)}`,
  );
});

test('an append whose fdatasync fails once: records are not sent for ever', async (t) => {
  const g = ground(t);
  let fail = false;
  const files: DiskFiles = {
    ...realFiles,
    open: async (p, f) => {
      const h = await realFiles.open(p, f);
      return {
        write: (...a) => h.write(...a),
        sync: () => h.sync(),
        close: () => h.close(),
        datasync: async () => {
          if (fail && f === 'r+') {
            fail = false;
            throw errno('EIO');
          }
          await h.datasync();
        },
      };
    },
  };
  const box = g.open({ files });
  for (let i = 1; i <= 10; i++) box.add(g.record(i));
  await g.pass(box, 30_000);
  fail = true;
  for (let i = 11; i <= 20; i++) box.add(g.record(i));
  await g.pass(box, 60_000);
  for (let i = 0; i < 3000; i++) box.add(g.record('x'.repeat(100) as never));
  await g.pass(box, 60_000);
  const times = new Map<number, number>();
  for (let r = 0; r < 500 && box.size > 0; r++) {
    box.has(true);
    await box.idle();
    const b = box.batch({ records: 128, bytes: 24_576, backlog: true });
    for (const { number } of b.records) times.set(number, (times.get(number) ?? 0) + 1);
    box.acknowledge(b);
    await box.idle();
  }
  assert.equal(box.size, 0, `size ${box.size}; record 11 was sent ${times.get(11)} times`);
});

test('RAM journal stays bounded while the disk fails and nobody is there', async (t) => {
  const g = ground(t);
  const files: DiskFiles = {
    ...realFiles,
    open: async () => {
      throw errno('EROFS');
    },
  };
  const box = g.open({ files });
  for (let i = 0; i < 30_000; i++) {
    box.add(g.record('x'.repeat(200) as never));
    if (i % 1000 === 0) await g.pass(box, 10_000);
  }
  const size = readdirSync(g.ramFolder).reduce((n, f) => n + statSync(join(g.ramFolder, f)).size, 0);
  const kept = box.status.waiting;
  assert.ok(size < 2 * kept * 330, `${kept} records wait, journal in RAM holds ${size} bytes`);
});

test('a shorter window does not lower the count before the commit', async (t) => {
  const g = ground(t);
  const box = g.open({ durability: { ...DURABILITY, windowMs: 3_600_000, exposed: 361 } });
  for (let i = 1; i <= 300; i++) {
    box.add(g.record(i));
    await g.pass(box, 10_000);
  }
  box.configure(DURABILITY);
  await box.idle();
  await g.pass(box, 20_000);
  await box.abandon();
  g.loseRam();
  const { records, gaps } = await deliver(g.open());
  assert.ok(records.length + lostOf(gaps) >= 300, `${records.length} came, gap counts ${lostOf(gaps)}`);
});

test('rm that fails twice does not stall the read-ahead', async (t) => {
  const g = ground(t);
  let failing = 0;
  const files: DiskFiles = {
    ...realFiles,
    rm: async (p) => {
      if (failing > 0 && p.endsWith('.seg')) {
        failing--;
        throw errno('EIO');
      }
      await realFiles.rm(p);
    },
  };
  const box = g.open({ files });
  for (let i = 0; i < 3000; i++) box.add(g.record('x'.repeat(100) as never));
  await g.pass(box, 30_000);
  box.has(true);
  await box.idle();
  failing = 2;
  let rounds = 0;
  for (; box.size > 0 && rounds < 200; rounds++) {
    if (!box.has(true)) {
      await box.idle();
      if (!box.has(true)) {
        await box.idle();
        if (!box.has(true)) break;
      }
    }
    const b = box.batch({ records: 10_000, bytes: 1e9, backlog: true });
    box.acknowledge(b);
    // the runner asks right after the ack, before the disk work
  }
  assert.equal(box.size, 0, `stalled after ${rounds} rounds with ${box.size}`);
});

test('a long window with a quick sensor does not give up records that a healthy disk could take', async (t) => {
  const g = ground(t);
  const box = g.open({ durability: { ...DURABILITY, windowMs: 3_600_000, exposed: 36_001 } });
  for (let i = 0; i < 12_000; i++) {
    box.add(g.record(i));
    g.now += 100;
    if (i % 100 === 0) await g.pass(box, 0);
  }
  assert.equal(
    box.status.dropped,
    0,
    `${box.status.dropped} dropped, ${box.status.onDisk} on disk, disk ${box.status.disk}`,
  );
});

test('gaps of two streams in turn stay bounded and the numbers can be written', () => {
  let gaps: Gap[] = [];
  for (let i = 0; i < 200; i++)
    gaps = withGap(gaps, {
      stream: new Uint8Array(8).fill(i % 2),
      from: i * 10,
      to: i * 10,
      count: 1,
      since: 0,
      until: 0,
      why: 'full',
    });
  assert.ok(gaps.length <= 64, `${gaps.length} gaps`);
});

test('a gap of a damaged block is in the stream of its neighbours', async (t) => {
  const g = ground(t);
  let box = g.open();
  const first = hex(box.stream);
  for (let i = 1; i <= 10; i++) box.add(g.record(i));
  await g.pass(box, 30_000);
  for (let i = 11; i <= 20; i++) box.add(g.record(i));
  await g.pass(box, 30_000);
  box.renew();
  for (let i = 21; i <= 30; i++) box.add(g.record(i));
  await g.pass(box, 30_000);
  await box.close();
  rot(g, segs(g)[0]!, 1);
  box = g.open();
  const { gaps } = await deliver(box);
  assert.equal(hex(gaps[0]!.stream), first);
});

test('acknowledge on a hanging disk does not grow the work queue', async (t) => {
  const g = ground(t);
  let hang = false;
  let resolve!: () => void;
  const gate = new Promise<void>((r) => (resolve = r));
  const files: DiskFiles = {
    ...realFiles,
    open: async (p, f) => {
      if (hang) await gate;
      return realFiles.open(p, f);
    },
  };
  const box = g.open({ files });
  box.add(g.record(1));
  await g.pass(box, 30_000);
  hang = true;
  void box.flush();
  box.add(g.record(2));
  void box.flush();
  await new Promise((r) => setTimeout(r, 20));
  const doing = DiskWork.prototype.do;
  let n = 0;
  DiskWork.prototype.do = function (p) {
    n++;
    return doing.call(this, p);
  };
  for (let i = 0; i < 10_000; i++) {
    box.add(g.record(3));
    box.acknowledge(box.batch(ALL));
  }
  DiskWork.prototype.do = doing;
  hang = false;
  resolve();
  await box.idle();
  assert.ok(n < 100, `${n} pieces queued behind a hanging disk`);
});

test('a failed rename of the numbers file while dropping does not tell the same loss again and again', async (t) => {
  const g = ground(t);
  let fail = false;
  const files: DiskFiles = {
    ...realFiles,
    rename: async (a, b) => {
      if (fail) throw errno('EIO');
      await realFiles.rename(a, b);
    },
  };
  const box = g.open({ files });
  for (let i = 1; i <= 10; i++) box.add(g.record(i));
  await g.pass(box, 30_000);
  box.configure({ ...DURABILITY, ageMs: 1 });
  await box.idle();
  fail = true;
  await g.pass(box, 24 * 3_600_000);
  const { gaps } = await deliver(box);
  assert.ok(box.status.dropped <= 10, `dropped ${box.status.dropped}, gaps ${gaps.length}`);
});

test('measured values with the noise of floating point fill no block beyond its segment', async (t) => {
  const g = ground(t);
  let box = g.open({ durability: { ...DURABILITY, windowMs: 3_600_000, exposed: 361 } });
  for (let i = 0; i < 360; i++) {
    const values = new Map(
      range(0, 99).map((item) => [item, (200 + ((i * 7 + item * 13) % 60)) * 0.1] as const),
    );
    box.add(g.record(0, { values }));
    g.now += 10_000;
  }
  await g.pass(box, 3_600_000);
  await box.close();
  box = g.open();
  const { records, gaps } = await deliver(box);
  assert.deepEqual([records.length, gaps], [360, []], g.notes.join());
});
