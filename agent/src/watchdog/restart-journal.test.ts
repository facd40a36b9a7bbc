import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { RESTART_REASONS } from '@perch/broker-bridge/protocol/messages.ts';
import { memoryFolder, RestartJournal } from './restart-journal.ts';

const BOOT = new Uint8Array(16).fill(1);
const NEXT_BOOT = new Uint8Array(16).fill(2);

function board(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'perch-restarts-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const state = join(folder, 'state');
  const memory = join(folder, 'memory');
  const notes: string[] = [];
  const start = (boot = BOOT, ran = 1_000, where = state) =>
    new RestartJournal({ state: where, boot, memory, note: (text) => notes.push(text), ran: () => ran });
  const why = (journal: RestartJournal): string => {
    const { reason, detail } = journal.restart()!;
    return [RESTART_REASONS[reason], ...(detail === undefined ? [] : [detail])].join(': ');
  };
  return { folder, state, memory, notes, start, why, file: join(state, 'restarts.json') };
}

test('each start knows how the run before it ended, and counts', (t) => {
  const b = board(t);
  const first = b.start();
  assert.equal(first.restart(), undefined, 'the first start is no restart');
  assert.equal(first.starts, 1);
  assert.equal(existsSync(b.memory), false, 'memory is not needed');

  const killed = b.start();
  assert.equal(b.why(killed), 'killed');
  killed.ended('stopped');
  const stopped = b.start();
  assert.equal(b.why(stopped), 'stopped');
  const power = b.start(NEXT_BOOT);
  assert.equal(b.why(power), 'boot');
  power.ended('update');
  const updated = b.start(NEXT_BOOT);
  assert.equal(b.why(updated), 'update');
  updated.ended('stalled', 'storing');
  updated.ended('stopped');
  const stalled = b.start(NEXT_BOOT);
  assert.equal(b.why(stalled), 'stalled: storing', 'the first word counts');
  assert.deepEqual(stalled.restart()!.count, 6);
  stalled.told();
  assert.equal(stalled.restart(), undefined);
});

test('stopped in good order, then switched off: stopped it was', (t) => {
  const b = board(t);
  b.start().ended('stopped');
  assert.equal(b.why(b.start(NEXT_BOOT)), 'stopped');
});

test('who stalls at every start is given more time, up to a bound, until a run goes well for an hour or the board is switched off', (t) => {
  const b = board(t);
  const patiences: number[] = [];
  for (let i = 0; i < 8; i += 1) {
    const journal = b.start();
    patiences.push(journal.patience);
    journal.ended('stalled', 'sampling');
  }
  assert.deepEqual(patiences, [1, 2, 4, 8, 16, 32, 32, 32]);
  const long = b.start(BOOT, 3_600_001);
  long.ended('stalled', 'sampling');
  assert.equal(b.start().stalls, 1);
  b.start().ended('stalled', 'sampling');
  assert.equal(b.start(NEXT_BOOT).patience, 1);
});

test('a damaged file never fails the start, and is made whole', (t) => {
  const b = board(t);
  mkdirSync(b.state);
  for (const text of [
    '',
    '{"boot":"01',
    'null',
    '[]',
    '{"boot":"x","starts":-1,"stalls":0}',
    '{"boot":"x","starts":1,"stalls":0,"ended":{"reason":"bored"}}',
    '{"boot":"x","starts":1,"stalls":0,"ended":null}',
  ]) {
    writeFileSync(b.file, text);
    assert.match(b.why(b.start()), /^killed: what the run before left in restarts\.json is damaged$/);
    assert.equal(b.why(b.start()), 'killed');
  }
});

test('a state folder that takes no write: memory stands in until the board is switched off, and it is said once', (t) => {
  const b = board(t);
  mkdirSync(b.state);
  b.start().ended('stopped');
  writeFileSync(join(b.folder, 'file'), '');
  // The card turns read-only: a folder in whose place nothing can be written.
  const dead = join(b.folder, 'file/state');
  const first = b.start(BOOT, 0, dead);
  assert.equal(first.starts, 1);
  first.ended('stalled', 'sending');
  assert.equal(b.notes.length, 1);
  assert.match(b.notes[0]!, /counted in memory only: .*cannot write .*restarts\.json/);
  assert.equal(b.why(b.start(BOOT, 0, dead)), 'stalled: sending');
  b.start(BOOT, 0, dead).ended('crashed', 'x');

  const mended = b.start();
  assert.equal(b.why(mended), 'crashed: x', 'the newer of both');
  assert.equal(existsSync(join(b.memory, 'restarts.json')), false);
});

test('a card that turns read-only in the middle of a run: how that run ended is in memory', (t) => {
  const b = board(t);
  const run = b.start();
  mkdirSync(`${b.file}.new/full`, { recursive: true }); // in the way of each write, while what is there still reads
  run.ended('stalled', 'storing');
  assert.equal(b.why(b.start()), 'stalled: storing');
});

test('a folder in memory that is open to others is neither believed nor written', (t) => {
  const b = board(t);
  mkdirSync(b.memory);
  chmodSync(b.memory, 0o777);
  const forged = '{"boot":"x","starts":99,"stalls":0,"ended":{"reason":"crashed","detail":"forged"}}';
  writeFileSync(join(b.memory, 'restarts.json'), forged);
  assert.equal(b.start().restart(), undefined);
  assert.equal(b.start().starts, 2);
});

test('the folder in memory is systemd\u2019s, or one of this user and this state folder', () => {
  assert.equal(memoryFolder({ RUNTIME_DIRECTORY: '/run/perch:/run/x' }, '/a'), '/run/perch');
  assert.match(memoryFolder({}, '/a'), /^\/dev\/shm\/perch-[0-9]+-[0-9a-f]{12}$/);
  assert.notEqual(memoryFolder({}, '/a'), memoryFolder({}, '/b'));
});

test('an error that nobody caught is in the journal, cut and without the broker\u2019s password, and the process ends as ever', (t) => {
  const b = board(t);
  const crash = (body: string) =>
    spawnSync(
      process.execPath,
      [
        '--input-type=module-typescript',
        '-e',
        `import { RestartJournal } from ${JSON.stringify(join(import.meta.dirname, 'restart-journal.ts'))};
         new RestartJournal({ state: ${JSON.stringify(b.state)}, boot: new Uint8Array(16).fill(1),
           memory: ${JSON.stringify(b.memory)}, note: () => {} }).watchCrashes(); ${body}`,
      ],
      { encoding: 'utf8', timeout: 30_000 },
    );
  const thrown = crash("setTimeout(() => { throw new TypeError('no mqtt://ann:hunter2@host/x'); }, 1);");
  assert.equal(thrown.status, 1);
  assert.match(thrown.stderr, /TypeError: no mqtt/);
  assert.equal(readFileSync(b.file, 'utf8').includes('hunter2'), false);
  assert.equal(b.why(b.start()), 'crashed: TypeError: no mqtt://host/x');

  assert.equal(crash(`await 0; void Promise.reject(new Error('x'.repeat(1000)));`).status, 1);
  const { detail } = b.start().restart()!;
  assert.match(detail!, /^Error: x+\.\.\.$/);
  assert.ok(Buffer.byteLength(detail!) <= 256);
});
