// Runs a script of this repository on its own Node: `node scripts/bootstrap.mjs scripts/start.ts [arguments]`.
// Plain JavaScript for the machine's Node (20 or later), because that one may not read TypeScript.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Oldest Node that runs this file, and oldest that may stand in where no pinned runtime exists for the machine. */
const OLDEST_BOOTSTRAP = [20, 0];
const OLDEST_RUNTIME = [24, 15];
/** Milliseconds to wait for another installation in the same tree, and for one of our own. */
const INSTALL_WAIT = 10 * 60_000;
const INSTALL_TIMEOUT = 15 * 60_000;

const root = resolve(fileURLToPath(import.meta.url), '../..');
const modules = join(root, 'node_modules');
const stamp = join(modules, '.perch-lock-sha256');

const isAtLeast = (version, [major, minor]) => {
  const [has, hasMinor] = version.replace(/^v/, '').split('.').map(Number);
  return has > major || (has === major && hasMinor >= minor);
};

const fail = (message) => {
  console.error(`perch: ${message}`);
  process.exit(1);
};

const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
};

/** True when npm's own record of node_modules has every package of the lock file; packages of other systems may lack. */
const agrees = (lockText, recordText) => {
  if (recordText === undefined) return false;
  const { packages } = JSON.parse(lockText);
  const present = JSON.parse(recordText).packages ?? {};
  return Object.entries(packages ?? {}).every(([path, wanted]) => {
    if (!path.startsWith('node_modules/')) return true;
    const found = present[path];
    if (found === undefined) return wanted.optional === true;
    return (
      found.version === wanted.version && found.integrity === wanted.integrity && existsSync(join(root, path))
    );
  });
};

const isInstalled = (lockText, hash) => {
  if (read(stamp)?.trim() === hash) return true;
  try {
    if (!agrees(lockText, read(join(modules, '.package-lock.json')))) return false;
  } catch {
    return false;
  }
  writeFileSync(stamp, `${hash}\n`);
  return true;
};

/** npm's environment without node_modules/.bin: npm must not run on a Node that it is about to replace. */
const npmEnvironment = () => {
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !resolve(folder).endsWith(join('node_modules', '.bin')));
  return { ...process.env, PATH: path.join(delimiter) };
};

/**
 * Runs a program to its end and passes signals on to it. A terminal gives Ctrl-C to both processes; only a signal that
 * was sent to this one alone has to be passed on.
 */
const runChild = (program, args, options) =>
  new Promise((done) => {
    const child = spawn(program, args, options);
    const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
    let stopped = false;
    const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => {
      const handler = () => {
        stopped = true;
        if (signal !== 'SIGINT' || !onTerminal) child.kill(signal);
      };
      process.on(signal, handler);
      return [signal, handler];
    });
    const finish = (result) => {
      for (const [signal, handler] of handlers) process.off(signal, handler);
      done({ stopped, ...result });
    };
    child.on('error', (error) => finish({ code: 1, error }));
    child.on('exit', (code, signal) => finish({ code: code ?? 128 + (constants.signals[signal] ?? 0) }));
  });

const install = async (hash) => {
  console.error('perch: installing the npm packages of package-lock.json (npm ci), once');
  const npm = await runChild('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env: npmEnvironment(),
    stdio: ['ignore', 2, 2],
    timeout: INSTALL_TIMEOUT,
  });
  if (npm.error?.code === 'ENOENT')
    throw new Error('npm is not on PATH. It comes with Node; install it and try again.');
  if (npm.stopped) throw new Error('stopped while npm ci was running; the next run starts it again');
  if (npm.code !== 0)
    throw new Error(
      `npm ci failed (${npm.error?.message ?? `exit ${npm.code}`}); its reason is above. ` +
        'The packages come from the npm registry: check the network and try again.',
    );
  writeFileSync(stamp, `${hash}\n`);
};

const ensureInstalled = async () => {
  const lockText = read(join(root, 'package-lock.json'));
  if (lockText === undefined) fail(`${join(root, 'package-lock.json')} is missing: this tree is incomplete.`);
  const hash = createHash('sha256').update(lockText).digest('hex');
  if (isInstalled(lockText, hash)) return;
  const { withFileLock } = await import('./build/file-lock.mjs');
  const onWait = (pid) => console.error(`perch: waiting for process ${pid}, which installs the npm packages`);
  // Outside node_modules, which npm ci empties.
  await withFileLock(join(root, '.cache', 'install.lock'), { wait: INSTALL_WAIT, onWait }, async () => {
    if (!isInstalled(lockText, hash)) await install(hash);
  });
};

const runtime = () => {
  const pinned = join(modules, '.bin', 'node');
  if (existsSync(pinned)) return pinned;
  if (isAtLeast(process.version, OLDEST_RUNTIME)) return process.execPath;
  return fail(
    `there is no pinned Node for ${process.platform}-${process.arch}, and this Node is ${process.version}. ` +
      `Install Node ${OLDEST_RUNTIME.join('.')} or later and try again.`,
  );
};

const [script, ...args] = process.argv.slice(2);
if (script === undefined) fail('usage: node scripts/bootstrap.mjs SCRIPT [ARGUMENTS]');
if (!isAtLeast(process.version, OLDEST_BOOTSTRAP))
  fail(`Node ${process.version} is too old: install Node ${OLDEST_BOOTSTRAP[0]} or later and try again.`);
if (!existsSync(resolve(script))) fail(`there is no ${script} in ${process.cwd()}`);
try {
  await ensureInstalled();
} catch (error) {
  fail(error.message);
}
const result = await runChild(runtime(), [script, ...args], { stdio: 'inherit' });
if (result.error) fail(`cannot start ${script}: ${result.error.message}`);
process.exit(result.code);
