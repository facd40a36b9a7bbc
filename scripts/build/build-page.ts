import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withFileLock } from './file-lock.mjs';
import { CACHE, MODULES, ROOT } from './paths.ts';
import { lastLines, runCommand } from './run-command.ts';

const PAGE = join(ROOT, 'server/page');
const DIST = join(PAGE, 'dist');
/** Where it is built: within the page's folder it would be among the sources of a build beside it. */
const WORK = join(ROOT, 'dist', `page.${process.pid}`);
/** Says what the page was built from. */
const STAMP = join(DIST, '.sources');
const BUILD_TIMEOUT = 120_000;
const LOCK_WAIT = 180_000;

/** Everything that the page is made of. */
function sourcesHash(): string {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')));
  const files = readdirSync(PAGE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.startsWith(`${DIST}/`) && !path.endsWith('.test.ts'));
  for (const path of files.sort())
    hash.update(path.slice(PAGE.length)).update('\0').update(readFileSync(path));
  return hash.digest('hex');
}

const stamp = (): string | undefined => (existsSync(STAMP) ? readFileSync(STAMP, 'utf8') : undefined);

/** Builds the page that the server serves, unless it is built from these very sources already. @returns true when it was built */
export async function buildPage(progress: (message: string) => void = () => {}): Promise<boolean> {
  const hash = sourcesHash();
  if (stamp() === hash) return false;
  mkdirSync(CACHE, { recursive: true });
  return withFileLock(join(CACHE, 'page.lock'), { wait: LOCK_WAIT }, async () => {
    if (stamp() === hash) return false;
    progress("building the server's page");
    try {
      const vite = join(MODULES, 'vite/bin/vite.js');
      const args = [vite, 'build', PAGE, '--outDir', WORK, '--emptyOutDir', '--logLevel', 'warn'];
      const { status, output } = await runCommand(process.execPath, args, {
        timeout: BUILD_TIMEOUT,
        cwd: ROOT,
      });
      if (status !== 0) throw new Error(`the page cannot be built:\n${lastLines(output, 20)}`);
      writeFileSync(join(WORK, '.sources'), hash);
      rmSync(DIST, { recursive: true, force: true });
      renameSync(WORK, DIST);
    } finally {
      rmSync(WORK, { recursive: true, force: true });
    }
    return true;
  });
}
