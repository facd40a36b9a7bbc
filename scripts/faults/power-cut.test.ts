import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FsEvent } from './fs-record.ts';
import { readFsRecord } from './fs-record.ts';
import { compileFsShim, fsShimEnvironment } from './fs-shim.ts';
import { cutPower, DiskModel, type Folder, type NameRules } from './power-cut.ts';

const TIMEOUT = { timeout: 120_000 };
const SEEDS = Array.from({ length: 300 }, (_, index) => index + 1);
const RULES: NameRules[] = ['ext4', 'posix'];
const ROOT = '/r';
const fill = (letter: string, length: number): Buffer => Buffer.alloc(length, letter);

/** Calls of a program that never was. Inodes are made of paths. */
class Calls {
  readonly events: FsEvent[] = [];
  readonly #inodes: string[] = [];

  #inode(path: string): number {
    if (!this.#inodes.includes(path)) this.#inodes.push(path);
    return this.#inodes.indexOf(path) + 1;
  }

  #add(event: Partial<FsEvent>): this {
    this.events.push({ ordinal: this.events.length + 1, ...event } as FsEvent);
    return this;
  }

  open(path: string, { empties = false } = {}): this {
    return this.#add({
      name: 'open',
      path: `${ROOT}/${path}`,
      inode: this.#inode(path),
      creates: true,
      empties,
    });
  }

  write(path: string, offset: number, bytes: Buffer): this {
    return this.#add({ name: 'write', inode: this.#inode(path), offset, bytes });
  }

  truncate(path: string, size: number): this {
    return this.#add({ name: 'truncate', inode: this.#inode(path), path: '', size });
  }

  sync(path: string, name: 'fsync' | 'fdatasync' = 'fsync'): this {
    return this.#add({ name, inode: this.#inode(path) });
  }

  syncFolder(path = ''): this {
    const inode = this.#inode(`folder ${path}`);
    const folder = path === '' ? ROOT : `${ROOT}/${path}`;
    this.#add({ name: 'open', path: folder, inode, creates: false, empties: false });
    return this.#add({ name: 'fsync', inode });
  }

  mkdir(path: string): this {
    return this.#add({ name: 'mkdir', path: `${ROOT}/${path}` });
  }

  unlink(path: string): this {
    return this.#add({ name: 'unlink', path: `${ROOT}/${path}` });
  }

  rename(path: string, to: string): this {
    // The inode goes along with the name.
    this.#inodes[this.#inode(path) - 1] = to;
    return this.#add({ name: 'rename', path: `${ROOT}/${path}`, to: `${ROOT}/${to}` });
  }
}

const after = (events: FsEvent[], rules: NameRules, seed: number): Folder => {
  const disk = new DiskModel(ROOT, rules);
  for (const event of events) disk.follow(event);
  return disk.afterPowerCut(seed);
};

/** The content of a file after each seed's power cut; undefined where it is not there. */
const outcomes = (calls: Calls, path: string, rules: NameRules = 'ext4'): (Buffer | undefined)[] =>
  SEEDS.map((seed) => after(calls.events, rules, seed).get(`${ROOT}/${path}`) as Buffer | undefined);
const sectors = (content: Buffer): string[] =>
  Array.from({ length: Math.ceil(content.length / 512) }, (_, index) => {
    const letters = new Set(content.subarray(index * 512, index * 512 + 512).toString('latin1'));
    return [...letters].map((letter) => (letter === '\0' ? '0' : letter)).join('');
  });
const kinds = (found: (Buffer | undefined)[]): Set<string> =>
  new Set(found.map((content) => (content === undefined ? 'gone' : sectors(content).join(' '))));

test('what was synced is there after each power cut', () => {
  for (const how of ['fsync', 'fdatasync'] as const) {
    const calls = new Calls().open('a').write('a', 0, fill('A', 2000)).sync('a', how).syncFolder();
    for (const rules of RULES)
      for (const content of outcomes(calls, 'a', rules)) assert.deepEqual(content, fill('A', 2000));
  }
});

test('writes since the last sync are there or not, sector by sector, and what is missing reads as zeros', () => {
  const calls = new Calls().open('a').write('a', 0, fill('A', 512)).sync('a').syncFolder();
  const found = outcomes(calls.write('a', 512, fill('B', 1536)), 'a');
  for (const content of found) {
    assert.equal(sectors(content!)[0], 'A');
    for (const sector of sectors(content!).slice(1)) assert.match(sector, /^[0B]$/);
  }
  const all = kinds(found);
  for (const one of ['A', 'A B B B', 'A 0 0 0', 'A 0 B 0', 'A B 0 B']) assert.ok(all.has(one), one);
});

test('a sector that was written over is old or new, and its neighbours do not matter', () => {
  const calls = new Calls().open('a').write('a', 0, fill('A', 1536)).sync('a').syncFolder();
  const found = kinds(outcomes(calls.write('a', 0, fill('B', 1536)).write('a', 512, fill('C', 512)), 'a'));
  for (const one of found) assert.match(one, /^[AB] [ABC] [AB]$/);
  assert.equal(found.size, 2 * 3 * 2, 'each of them comes');
});

test('a file that grows may have grown by whole pages only', () => {
  const calls = new Calls().open('a').syncFolder().write('a', 0, fill('A', 10_000));
  const sizes = new Set(outcomes(calls, 'a').map((content) => content!.length));
  assert.deepEqual(
    [...sizes].toSorted((a, b) => a - b),
    [0, 4096, 8192, 10_000],
  );
});

test('what was cut off does not come back once the truncation survives', () => {
  const calls = new Calls().open('a').write('a', 0, fill('A', 2048)).sync('a').syncFolder();
  const found = kinds(outcomes(calls.truncate('a', 0).write('a', 0, fill('B', 1024)), 'a'));
  for (const one of found) assert.match(one, /^(A A A A|[B0]?( [B0])?)$/);
  for (const one of ['A A A A', '', 'B B', '0 B']) assert.ok(found.has(one), one);
});

/** Temp file, sync, rename, sync of the folder. */
const replacement = (careful: boolean): Calls => {
  const calls = new Calls().open('a').write('a', 0, fill('A', 1500)).sync('a').syncFolder();
  calls.open('b').write('b', 0, fill('B', 1500));
  if (careful) calls.sync('b');
  calls.rename('b', 'a');
  return careful ? calls.syncFolder() : calls;
};

test('a file that is replaced with care is old or new after each call, and new after the last', () => {
  const { events } = replacement(true);
  const first = events.findIndex(({ name }, index) => name === 'fsync' && index > 3);
  for (const rules of RULES)
    for (let count = 5; count <= events.length; count++)
      for (const seed of SEEDS.slice(0, 100)) {
        const content = after(events.slice(0, count), rules, seed).get(`${ROOT}/a`) as Buffer;
        const isNew = content.equals(fill('B', 1500));
        assert.ok(isNew || content.equals(fill('A', 1500)), `${rules}, ${count} calls, seed ${seed}`);
        if (count === events.length) assert.ok(isNew, 'it was promised');
        if (count <= first) assert.ok(!isNew);
      }
});

test('a file that is replaced without a sync can be empty or torn: carelessness is found', () => {
  const found = kinds(outcomes(replacement(false), 'a'));
  assert.ok(found.has(''), 'empty');
  assert.ok(
    [...found].some((one) => one.includes('0')),
    'with zeros',
  );
  assert.ok(found.has('A A A') && found.has('B B B'));
});

test("a new file whose folder was not synced is there by ext4's rules once it is synced, and may be gone by the standard's", () => {
  const calls = new Calls().open('a').write('a', 0, fill('A', 100)).sync('a');
  assert.deepEqual(kinds(outcomes(calls, 'a', 'ext4')), new Set(['A']));
  assert.deepEqual(kinds(outcomes(calls, 'a', 'posix')), new Set(['A', 'gone']));
});

test('a new folder holds what was synced in it; it is lost with its name', () => {
  const calls = new Calls().mkdir('d').open('d/a').write('d/a', 0, fill('A', 10)).sync('d/a').syncFolder('d');
  assert.deepEqual(kinds(outcomes(calls, 'd/a', 'posix')), new Set(['A', 'gone']));
  assert.deepEqual(kinds(outcomes(calls.syncFolder(), 'd/a', 'posix')), new Set(['A']));
});

test('a removed file may be back until its folder is synced', () => {
  for (const rules of RULES) {
    const calls = new Calls().open('a').write('a', 0, fill('A', 10)).sync('a').syncFolder().unlink('a');
    assert.deepEqual(kinds(outcomes(calls, 'a', rules)), new Set(['A', 'gone']));
    assert.deepEqual(kinds(outcomes(calls.syncFolder(), 'a', rules)), new Set(['gone']));
  }
});

test("names survive in their order: all of them by ext4's rules, each folder's by the standard's", () => {
  const calls = new Calls().mkdir('d').mkdir('e').syncFolder();
  for (const name of ['d/1', 'e/1', 'd/2', 'e/2']) calls.open(name);
  const seen = { ext4: new Set<string>(), posix: new Set<string>() };
  for (const rules of RULES)
    for (const seed of SEEDS) {
      const names = [...after(calls.events, rules, seed).keys()].map((path) => path.slice(3));
      seen[rules].add(['d/1', 'e/1', 'd/2', 'e/2'].filter((name) => names.includes(name)).join(' '));
    }
  assert.deepEqual(seen.ext4, new Set(['', 'd/1', 'd/1 e/1', 'd/1 e/1 d/2', 'd/1 e/1 d/2 e/2']));
  assert.equal(seen.posix.size, 3 * 3);
  assert.ok(seen.posix.has('e/1 e/2') && !seen.posix.has('d/2'));
});

test('the same seed leaves the same, another one something else', () => {
  const { events } = new Calls().open('a').write('a', 0, fill('A', 8192));
  assert.deepEqual(after(events, 'ext4', 5), after(events, 'ext4', 5));
  assert.ok(new Set(SEEDS.map((seed) => JSON.stringify([...after(events, 'ext4', seed)]))).size > 50);
});

test('what the record does not tell of is an error, not a file without content', () => {
  const disk = new DiskModel(ROOT, 'ext4');
  assert.throws(() => disk.follow(new Calls().write('a', 0, fill('A', 1)).events[0]!), /as it was before/);
  assert.throws(() => disk.follow(new Calls().rename('x', 'a').events[0]!), /came from elsewhere/);
});

function place(t: TestContext): { root: string; folder: string; record: string } {
  const root = mkdtempSync(join(tmpdir(), 'perch-power-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return { root, folder: join(root, 'watched'), record: join(root, 'record') };
}

async function run(program: string, args: string[], env: Record<string, string>): Promise<string> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'testing', program), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await once(child, 'close');
  return output;
}

/** A real folder, by path below it. */
const contents = (folder: string): Map<string, Buffer | 'folder'> =>
  new Map(
    readdirSync(folder, { withFileTypes: true, recursive: true })
      .map((entry) => [join(entry.parentPath, entry.name), entry.isDirectory()] as const)
      .map(([path, isFolder]) => [path, isFolder ? 'folder' : readFileSync(path)]),
  );

test("a real program's record tells what its files hold, wherever it is killed", TIMEOUT, async (t) => {
  const library = await compileFsShim();
  for (const story of ['sync', 'promises', 'parallel'])
    for (let killAt = 1; killAt <= 12; killAt++) {
      const { root, record } = place(t);
      const folder = mkdtempSync(join(root, 'watched-'));
      writeFileSync(join(folder, 'before'), 'was here');
      const before = join(root, 'copy');
      cpSync(folder, before, { recursive: true });
      const options = { paths: [folder], record, killAt, killHalf: true };
      await run('write-files.mjs', [folder, story], fsShimEnvironment(library, options));
      const disk = new DiskModel(folder, 'ext4');
      disk.follow({
        name: 'open',
        ordinal: 0,
        path: join(folder, 'before'),
        inode: 1,
        creates: true,
        empties: false,
      });
      disk.follow({ name: 'write', ordinal: 0, inode: 1, offset: 0, bytes: Buffer.from('was here') });
      if (existsSync(record)) for (const event of readFsRecord(record)) disk.follow(event);
      const model = disk.current();
      model.delete(folder);
      assert.deepEqual(model, contents(folder), `${story} killed at call ${killAt}`);
    }
});

/** Lines of the journal and the count, as far as they are whole. */
function kept(folder: string): { lines: number; count: number } {
  const read = (name: string): string =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'latin1') : '';
  const lines = read('journal').split('\n');
  const whole = lines.findIndex((line, index) => line !== `${index + 1}:${String(index + 1).repeat(997)}`);
  const count = read('count');
  return {
    lines: whole,
    count: count === '' ? 0 : Number(/^(\d+) lines\.*$/.exec(count)?.[1] ?? Number.NaN),
  };
}

async function powerCuts(t: TestContext, manner: string): Promise<{ promises: number; broken: string[] }> {
  const library = await compileFsShim();
  const broken: string[] = [];
  let promises = 0;
  for (let killAt = 3; killAt <= 40; killAt += 3) {
    const { root, folder, record } = place(t);
    const options = { paths: [folder], record, killAt, killHalf: true };
    const said = await run('keep-journal.mjs', [folder, manner], fsShimEnvironment(library, options));
    const promised = said.trim().split('\n').filter(Boolean).length;
    promises += promised;
    for (const rules of RULES)
      for (let seed = 1; seed <= 8; seed++) {
        const into = join(root, `${rules}-${seed}`);
        cutPower({ record, root: folder, into, seed, rules });
        const { lines, count } = kept(into);
        const fine = lines >= promised && count >= promised - (promised % 2);
        if (!fine)
          broken.push(`killed at ${killAt}, ${rules}, seed ${seed}: ${promised}, ${lines}, ${count}`);
      }
  }
  return { promises, broken };
}

test(
  'a program that syncs what it promises keeps it through a kill and a power cut at any call',
  TIMEOUT,
  async (t) => {
    const { promises, broken } = await powerCuts(t, 'careful');
    assert.deepEqual(broken, []);
    assert.ok(promises > 10, 'it promised something');
  },
);

test('one that does not is found out', TIMEOUT, async (t) => {
  const { broken } = await powerCuts(t, 'careless');
  assert.ok(broken.length > 10, `${broken.length} broken promises`);
});
