import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, test } from 'node:test';
import { ROOT } from './build/paths.ts';

type Outcome = { code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string };

/** A lock file with one package that is a folder of the tree itself, so that npm ci needs no network. */
const lockFile = (version: string): string =>
  JSON.stringify({
    name: 'tree',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'tree', version: '1.0.0', workspaces: ['part'] },
      'node_modules/part': { resolved: 'part', link: true },
      part: { version },
    },
  });

describe('bootstrap.mjs, in a tree of its own', () => {
  let tree: string;
  const trees: string[] = [];

  beforeEach(async () => {
    tree = await mkdtemp(join(tmpdir(), 'perch-bootstrap-'));
    trees.push(tree);
    await mkdir(join(tree, 'scripts/build'), { recursive: true });
    await mkdir(join(tree, 'part'));
    for (const file of ['scripts/bootstrap.mjs', 'scripts/build/file-lock.mjs'])
      await cp(join(ROOT, file), join(tree, file));
    await writeFile(
      join(tree, 'package.json'),
      '{ "name": "tree", "version": "1.0.0", "workspaces": ["part"] }',
    );
    await writeFile(join(tree, 'part/package.json'), '{ "name": "part", "version": "1.0.0" }');
    await writeFile(join(tree, 'package-lock.json'), lockFile('1.0.0'));
    await writeFile(
      join(tree, 'script.ts'),
      `const [word]: string[] = process.argv.slice(2);
if (word === 'wait') {
  process.on('SIGTERM', () => { console.log('told to stop'); process.exit(7); });
  setInterval(() => {}, 1000);
}
console.log('ran', word, process.versions.node.split('.')[0]);
if (word === 'fail') process.exit(3);
if (word === 'die') process.kill(process.pid, 'SIGKILL');
`,
    );
  });
  after(() => Promise.all(trees.map((path) => rm(path, { recursive: true, force: true }))));

  const start = (...args: string[]): ChildProcess =>
    spawn(process.execPath, ['scripts/bootstrap.mjs', ...args], {
      cwd: tree,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
    });
  const outcome = async (child: ChildProcess): Promise<Outcome> => {
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    const [code, signal] = await once(child, 'close');
    return { code, signal, stdout, stderr };
  };

  test('installs once, says so, runs a TypeScript file, and installs again when the lock file changes', async () => {
    const first = await outcome(start('script.ts', 'hello'));
    assert.equal(first.code, 0, first.stderr);
    assert.equal(first.stdout, 'ran hello 24\n');
    assert.match(first.stderr, /installing the npm packages/);

    const second = await outcome(start('script.ts', 'hello'));
    assert.deepEqual([second.code, second.stderr], [0, '']);

    await writeFile(join(tree, 'part/package.json'), '{ "name": "part", "version": "1.1.0" }');
    await writeFile(join(tree, 'package-lock.json'), lockFile('1.1.0').replace('"requires":true,', ''));
    await rm(join(tree, 'node_modules/.package-lock.json'));
    const third = await outcome(start('script.ts', 'hello'));
    assert.match(third.stderr, /installing the npm packages/);
  });

  test('gives the script its arguments and hands back its exit code, signals included', async () => {
    assert.equal((await outcome(start('script.ts', 'fail'))).code, 3);
    assert.equal((await outcome(start('script.ts', 'die'))).code, 128 + 9);
  });

  test('passes SIGTERM on and waits for the script to end', async () => {
    const child = start('script.ts', 'wait');
    const end = outcome(child);
    await new Promise<void>((resolve) => {
      child.stdout?.on('data', (chunk) => String(chunk).includes('ran wait') && resolve());
    });
    child.kill('SIGTERM');
    const { code, stdout } = await end;
    assert.equal(code, 7);
    assert.match(stdout, /told to stop/);
  });

  test('two at once install once: the second waits for the first', async () => {
    const both = await Promise.all([outcome(start('script.ts', 'one')), outcome(start('script.ts', 'two'))]);
    assert.deepEqual(
      both.map(({ code, stdout }) => [code, stdout]),
      [
        [0, 'ran one 24\n'],
        [0, 'ran two 24\n'],
      ],
    );
    const installations = both.filter(({ stderr }) => stderr.includes('installing the npm packages'));
    assert.equal(installations.length, 1);
    const lock = await readFile(join(tree, '.cache/install.lock'), 'utf8').catch(() => 'gone');
    assert.equal(lock, 'gone');
  });

  test('accepts what the developer installed with npm install, without installing again', async () => {
    await outcome(start('script.ts', 'hello'));
    await rm(join(tree, 'node_modules/.perch-lock-sha256'));
    const next = await outcome(start('script.ts', 'hello'));
    assert.deepEqual([next.code, next.stderr], [0, '']);
  });

  test('a failed installation is one clear error and the script does not run', async () => {
    await writeFile(
      join(tree, 'package-lock.json'),
      '{ "name": "tree", "lockfileVersion": 3, "packages": {} }',
    );
    await writeFile(
      join(tree, 'package.json'),
      '{ "name": "tree", "dependencies": { "part": "file:absent" } }',
    );
    const { code, stdout, stderr } = await outcome(start('script.ts', 'hello'));
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /perch: npm ci failed \(exit 1\); its reason is above/);
  });

  test('says what is missing: the script, or its name', async () => {
    assert.match((await outcome(start('absent.ts'))).stderr, /perch: there is no absent\.ts in /);
    assert.match((await outcome(start())).stderr, /perch: usage: node scripts\/bootstrap\.mjs SCRIPT/);
  });
});
