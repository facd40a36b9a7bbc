// npm test: lint, types, tests. `npm test -- PATTERN...` runs only the test files that have a PATTERN in their path.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureDebianPackages } from './build/apt.ts';
import { buildPage } from './build/build-page.ts';
import { buildE2eExecutables } from './build/e2e-executables.ts';
import { MODULES, ROOT } from './build/paths.ts';
import { boardParts } from './rig/board.ts';
import { foreignSystem, RIG_PROGRAMS } from './rig/programs.ts';
import { findTests, TEST_FOLDERS } from './test/find-tests.ts';
import { lacking, missingPrograms } from './test/programs.ts';

/** Test files that run at once. */
const CONCURRENCY = 2;
/** Longest time for one test, in milliseconds. */
const TEST_TIMEOUT = 10 * 60_000;
const IN_CI = process.env.CI === 'true';

/** Runs a program on our own input and output and returns its exit code. Signals go to it as well. */
function run(program: string, args: string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: 'inherit' });
    const stop = (signal: NodeJS.Signals) => child.kill(signal);
    process.on('SIGTERM', stop).on('SIGINT', stop);
    child.on('error', (error) => {
      console.error(`test: cannot run ${program}: ${error.message}`);
      resolve(1);
    });
    child.on('exit', (code) => {
      process.off('SIGTERM', stop).off('SIGINT', stop);
      resolve(code ?? 1);
    });
  });
}

/** Installs what it may, says what will not be tested, and fails for it in CI. */
async function providePrograms(): Promise<void> {
  await ensureDebianPackages(missingPrograms().map(({ debianPackage }) => debianPackage));
  const missing = missingPrograms();
  for (const { program, debianPackage, leavesOut } of missing)
    console.log(
      `test: ${program} is missing, which leaves out ${leavesOut} (apt-get install ${debianPackage})`,
    );
  if (IN_CI && missing.length > 0)
    throw new Error(
      `in CI nothing is left out: install ${missing.map((one) => one.debianPackage).join(' ')}`,
    );
}

/** True when the check passes. The tests run in any case, so that one run tells everything. */
async function check(title: string, program: string, args: string[]): Promise<boolean> {
  console.log(`test: ${title}`);
  const passed = (await run(join(MODULES, '.bin', program), args)) === 0;
  if (!passed) console.log(`test: ${title} found faults; the tests run all the same, and npm test will fail`);
  return passed;
}

async function main(patterns: string[]): Promise<number> {
  const files = findTests(ROOT, TEST_FOLDERS, patterns);
  await providePrograms();
  let sound = true;
  if (patterns.length === 0) {
    const colours = process.stdout.isTTY ? 'force' : 'off';
    const lint = await check('lint', 'biome', ['ci', `--colors=${colours}`, '.']);
    const types = await check('types', 'tsc', ['--noEmit']);
    const page = await check('types of the page', 'tsc', ['--noEmit', '--project', 'server/page']);
    sound = lint && types && page;
    console.log('test: the page');
    await buildPage((message) => console.log(`  ${message}`));
    console.log('test: executables for the end-to-end tests');
    await buildE2eExecutables((message) => console.log(`  ${message}`));
    const noBoard = foreignSystem() || lacking(...RIG_PROGRAMS);
    console.log(`test: the emulated board${noBoard ? ` is left out: ${noBoard}` : ''}`);
    if (!noBoard) await boardParts((message) => console.log(`  ${message}`));
  }
  console.log(`test: ${files.length} files`);
  const flags = [
    '--test',
    `--test-concurrency=${CONCURRENCY}`,
    `--test-timeout=${TEST_TIMEOUT}`,
    '--test-reporter=spec',
  ];
  const status = await run(process.execPath, [...flags, ...files]);
  return sound ? status : status || 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`test: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
