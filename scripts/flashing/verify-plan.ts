import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { BoardError } from './board-error.ts';
import type { Ext4 } from './ext4.ts';
import type { Fat } from './fat.ts';
import type { Plan } from './plan.ts';

async function digestOf(source: string | Buffer): Promise<string> {
  const hash = createHash('sha256');
  if (typeof source === 'string') await pipeline(createReadStream(source), hash);
  else hash.update(source);
  return hash.digest('hex');
}

const differs = (path: string, what: string): BoardError =>
  new BoardError(
    'NOT_VERIFIED',
    `${path} did not come back as it was written (${what}); the disk here or its memory may be failing`,
  );

/**
 * Reads back all that a plan wrote: content by SHA-256, modes, owners and links, then has e2fsck look at the whole root.
 * @returns how many files were compared. @throws BoardError NOT_VERIFIED
 */
export async function verifyPlan(plan: Plan, root: Ext4, boot: Fat | undefined): Promise<number> {
  const written = [...plan.files, ...plan.folders];
  const nodes = await root.stat(written.map(({ path }) => path));
  for (const [index, { path, mode, uid, gid }] of written.entries()) {
    // A folder may be reached by a link.
    const first = nodes[index];
    const node = first?.kind === 'link' ? (await root.resolve(path))?.node : first;
    if (node === undefined) throw differs(path, 'it is missing');
    if (node.mode !== mode) throw differs(path, `mode ${node.mode.toString(8)}`);
    if (node.uid !== uid || node.gid !== gid) throw differs(path, `owner ${node.uid}:${node.gid}`);
  }
  for (const { path, source } of plan.files)
    if ((await root.digest(path)) !== (await digestOf(source))) throw differs(path, 'its content');
  const links = await root.stat(plan.links.map(({ path }) => path));
  for (const [index, { path, target }] of plan.links.entries()) {
    const node = links[index];
    if (node?.kind !== 'link' || node.target !== target) throw differs(path, 'the link');
  }
  for (const { name, bytes } of plan.boot)
    if ((await boot?.read(name))?.equals(bytes) !== true)
      throw differs(`${name} of the boot partition`, 'its content');
  await root.check('NOT_VERIFIED');
  return plan.files.length + plan.boot.length;
}
