import { rmSync } from 'node:fs';
import { runCommand } from '../build/run-command.ts';
import { findProgram } from '../test/programs.ts';
import { ROOT_AT } from './card.ts';

const CHECK_TIMEOUT = 120_000;

/** What a check says of a card that lost its power and is whole: the journal is played back, files without a name go. */
const EXPECTED = [
  /: recovering journal$/,
  /: Clearing orphaned inode \d+ /,
  /: Setting free (inodes|blocks) count to \d+ \(was \d+\)$/,
  /: clean, \d+\/\d+ files, \d+\/\d+ blocks$/,
  /: \d+\/\d+ files \([\d.]+% non-contiguous\), \d+\/\d+ blocks$/,
];

/** Lines of `e2fsck -p` that tell of more than a lost power. Pure. */
export const faultsOf = (output: string): string[] =>
  output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !EXPECTED.some((pattern) => pattern.test(line)));

/**
 * Checks the root file system of a card that lost its power, on a copy: first as a board does at its start (e2fsck -p plays the
 * journal back), and then every block of what is left.
 * @returns what is wrong, or nothing
 */
export async function checkCard(card: string): Promise<string[]> {
  const copy = `${card}.check`;
  const run = (program: string, ...args: string[]) =>
    runCommand(findProgram(program) ?? program, args, { timeout: CHECK_TIMEOUT });
  const e2fsck = (...flags: string[]) => run('e2fsck', ...flags, copy);
  try {
    const copied = await run('dd', `if=${card}`, `of=${copy}`, 'bs=1M', `skip=${ROOT_AT}`, 'conv=sparse');
    if (copied.status !== 0) throw new Error(`cannot copy ${card}: ${copied.output}`);
    const start = await e2fsck('-p');
    const faults = faultsOf(start.output);
    if ((start.status ?? 255) >= 4) faults.push(`e2fsck -p ended with ${start.status}`);
    const rest = await e2fsck('-f', '-n');
    if (rest.status !== 0) faults.push(`e2fsck -f -n ended with ${rest.status}: ${rest.output}`);
    return faults;
  } finally {
    rmSync(copy, { force: true });
  }
}
