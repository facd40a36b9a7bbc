import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cardToken } from '../../agent/src/card-token.ts';
import { loadIdentity } from '../../agent/src/identity.ts';
import { PACKAGED, readBoot, writeBoot } from '../../agent/src/update/boot-file.ts';
import { compareVersions } from '../../agent/src/update/plan.ts';
import { versionOf } from '../../agent/src/update/release-name.ts';
import type { Enrolment } from '../../broker-bridge/src/enrolment.ts';
import { STATE_FOLDER } from '../package/payload.ts';
import { BoardError } from './board-error.ts';
import type { Ext4 } from './ext4.ts';
import type { Owner, Plan } from './plan.ts';

/** Where the agent finds its token at its first start; it removes it. */
export const TOKEN_PATH = cardToken(STATE_FOLDER);

/** Deepest folder below the state folder, and most files in it, that are cleared for another board. */
export const STATE_DEPTH_LIMIT = 8;
export const STATE_FILES_LIMIT = 100_000;

/**
 * A token is for the board that has this identity: the same alias at the same server. The agent then keeps its key, so
 * that the server knows it, and takes over what else the token says. Pure.
 */
export const isSameBoard = (identity: Enrolment, token: Enrolment): boolean =>
  identity.alias === token.alias && identity.serverKey === token.serverKey;

/** Everything below a folder, what is in a folder before it. */
async function* below(root: Ext4, folder: string, depth = 0): AsyncGenerator<string> {
  if (depth > STATE_DEPTH_LIMIT)
    throw new BoardError('TOOL_FAILED', `${folder} in the image is nested deeper than ${STATE_DEPTH_LIMIT}`);
  for (const { name, kind } of await root.list(folder)) {
    const path = `${folder}/${name}`;
    if (kind === 'folder') yield* below(root, path, depth + 1);
    yield path;
  }
}

async function planClearing(plan: Plan, root: Ext4): Promise<void> {
  for await (const path of below(root, STATE_FOLDER)) {
    plan.remove.push(path);
    if (plan.remove.length > STATE_FILES_LIMIT)
      throw new BoardError('TOOL_FAILED', `${STATE_FOLDER} in the image has over ${STATE_FILES_LIMIT} files`);
  }
}

/**
 * A board that runs a release from its state folder goes on with it unless the one that is put on is newer, as with the
 * package (see perch-launcher).
 */
async function planBoot(plan: Plan, copy: string, version: string, owner: Owner): Promise<void> {
  const { current } = readBoot(copy);
  if (current === undefined || current === PACKAGED) return;
  if (compareVersions(version, versionOf(current)) <= 0) {
    plan.notes.push(`the board goes on with release ${versionOf(current)}, which it took over the air`);
    return;
  }
  writeBoot(copy, { current: PACKAGED });
  for (const name of ['boot.a', 'boot.b']) {
    const source = await readFile(join(copy, name)).catch(() => undefined);
    if (source !== undefined)
      plan.files.push({ path: `${STATE_FOLDER}/${name}`, mode: 0o600, source, ...owner });
  }
}

/** The state folder with the token; identity and records of the same board stay. `folder`: where copies may be put. */
export async function planState(
  plan: Plan,
  root: Ext4,
  board: { token: string; enrolment: Enrolment; version: string; owner: Owner; folder: string },
): Promise<void> {
  const { owner, enrolment } = board;
  plan.folders.push({ path: STATE_FOLDER, mode: 0o700, ...owner });
  const token = {
    path: TOKEN_PATH,
    mode: 0o600,
    source: Buffer.from(`${board.token.replaceAll(/\s+/g, '')}\n`),
    ...owner,
  };
  if (!((await root.resolve(STATE_FOLDER))?.node.kind === 'folder')) {
    plan.files.push(token);
    return;
  }
  const copy = await mkdtemp(join(board.folder, 'state-'));
  for (const name of ['identity.json', 'boot.a', 'boot.b']) {
    const bytes = await root.read(`${STATE_FOLDER}/${name}`);
    if (bytes !== undefined) await writeFile(join(copy, name), bytes, { mode: 0o600 });
  }
  let same = true;
  try {
    const identity = loadIdentity(copy);
    if (identity !== undefined) {
      same = isSameBoard(identity.enrolment, enrolment);
      plan.notes.push(
        same
          ? `identity and records of ${enrolment.alias} on it are kept`
          : 'it was another board: its identity and records are removed',
      );
    }
  } catch {
    plan.notes.push('the identity on it is damaged; the board makes itself a new one');
  }
  plan.files.push(token);
  if (!same) return planClearing(plan, root);
  await planBoot(plan, copy, board.version, owner);
}
