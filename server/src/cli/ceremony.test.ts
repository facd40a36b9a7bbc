import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { readToken } from '@perch/broker-bridge/enrolment.ts';
import { ROLES } from '@perch/broker-bridge/update/metadata-file.ts';
import { elfOf } from '../releases/sample-elf.ts';
import type { Store } from '../store/contract.ts';
import { databasePath, openSqliteStore } from '../store/sqlite.ts';
import { LIVES } from '../tuf/authority.ts';
import { ServedBoard } from '../tuf/testing/test-place.ts';
import { mainPath } from './run-process.ts';

const book = readFileSync(new URL('../../../firmware-notes/updating.md', import.meta.url), 'utf8');

/** The commands of updating.md in order, each block with the machine that its first line names. */
const BLOCKS = [...book.matchAll(/```sh\n# (.*)\n([^`]*)```/g)].map(([, machine, script]) => ({
  machine: machine!,
  script: script!,
}));

/** Machines that share a stick, and nothing else. */
interface Machines {
  folder(machine: string): string;
  run(machine: string, script: string): Promise<string>;
}

async function withMachines(names: string[], body: (machines: Machines) => Promise<void>): Promise<void> {
  const top = mkdtempSync(join(tmpdir(), 'perch-ceremony-'));
  const folder = (machine: string): string => join(top, machine.replaceAll(' ', '-'));
  try {
    mkdirSync(join(top, 'bin'));
    mkdirSync(join(top, 'stick'));
    const program = join(top, 'bin', 'perch-server');
    writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${mainPath}' "$@"\n`);
    chmodSync(program, 0o755);
    for (const name of names) {
      mkdirSync(folder(name));
      symlinkSync(join(top, 'stick'), join(folder(name), 'stick'));
    }
    const env = { PATH: `${join(top, 'bin')}:${process.env.PATH}` };
    await body({
      folder,
      run: async (machine, script) =>
        (await promisify(execFile)('sh', ['-euc', script], { cwd: folder(machine), env, timeout: 60_000 }))
          .stdout,
    });
  } finally {
    rmSync(top, { recursive: true });
  }
}

async function withStore<T>(folder: string, body: (store: Store) => Promise<T>): Promise<T> {
  const store = await openSqliteStore(databasePath(join(folder, '.perch/server')));
  try {
    return await body(store);
  } finally {
    await store.close();
  }
}

/** A board that was enrolled before all of it follows to the end, and may install this version. */
const follows = (folder: string, board: ServedBoard, version: string): Promise<void> =>
  withStore(folder, async (store) => {
    const files = await store.metadata();
    let told = board.check(files, Date.now());
    // Of a long chain of roots some come with the next question.
    if (told !== 'done') told = board.check(files, Date.now());
    assert.equal(told, 'done');
    assert.ok(board.trust?.target('linux-arm64', version));
  });

const boardOf = (folder: string): Promise<ServedBoard> =>
  withStore(folder, async (store) => new ServedBoard(await store.metadata()));

describe('the ceremonies of the book', { concurrency: 2 }, () => {
  test('an owner who signs elsewhere: every command of the book, in its order', { timeout: 120_000 }, () =>
    withMachines(['on the server', 'where the owner signs'], async ({ folder, run }) => {
      const server = folder('on the server');
      const stick = join(server, 'stick');
      writeFileSync(join(stick, 'perch-agent-linux-arm64'), elfOf('linux-arm64', 5000));
      let board: ServedBoard | undefined;
      let steps = 0;
      for (const { machine, script } of BLOCKS) {
        if (!existsSync(folder(machine))) continue;
        steps += 1;
        const out = await run(machine, script);
        if (!script.includes('keys import') || machine !== 'on the server') continue;
        board ??= await boardOf(server);
        if (script.includes('keys show')) assert.match(out, /root +1 .* 2 of 3 .*elsewhere/);
        await withStore(server, async (store) =>
          assert.equal(board!.check(await store.metadata(), Date.now()), 'done'),
        );
      }
      assert.equal(steps, 14);
      assert.equal(board?.versions.root, 5);
      await follows(server, board!, '0.2.0');
      const { token } = JSON.parse(readFileSync(join(server, 'token.json'), 'utf8'));
      const { root } = JSON.parse(await run('on the server', 'perch-server keys show --json'));
      assert.equal(Buffer.from(readToken(token).root, 'base64url').toString('hex'), root);

      const secrets = readdirSync(join(server, '.perch/server/keys/tuf')).map((name) => name.split('-')[0]);
      assert.deepEqual(secrets.sort(), ['snapshot', 'timestamp'], 'the server has no key of the owner’s');
      assert.deepEqual(
        readdirSync(stick).filter((name) => name.endsWith('.pem')),
        [],
        'and none was ever on the stick',
      );
    }),
  );

  test('a server that has all keys hands the owner’s over, and its boards follow', { timeout: 120_000 }, () =>
    withMachines(['on a server that has all keys', 'where its owner will sign'], async ({ folder, run }) => {
      const [before, after] = ['on a server that has all keys', 'where its owner will sign'] as const;
      const server = folder(before);
      writeFileSync(join(server, 'agent'), elfOf('linux-arm64', 5000));
      await run(before, 'perch-server release publish agent --platform linux-arm64 --version 0.2.0');
      const board = await boardOf(server);
      for (const { machine, script } of BLOCKS)
        if (machine === before || machine === after) await run(machine, script);
      await follows(server, board, '0.2.0');
      assert.equal(board.versions.root, 3);
      const shown = JSON.parse(await run(before, 'perch-server keys show --json'));
      const here = Object.fromEntries(
        shown.roles.map((role: { role: string; keys: { here: boolean }[] }) => [
          role.role,
          role.keys[0]?.here,
        ]),
      );
      assert.deepEqual(here, { root: false, targets: false, snapshot: true, timestamp: true });
    }),
  );
});

test('the book says for how long each file is good', () => {
  for (const role of ROLES)
    assert.match(book, new RegExp(`^\\| ${role} \\|.*\\| ${LIVES[role] / 86_400_000} days \\|$`, 'm'));
});
