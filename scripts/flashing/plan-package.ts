import { controlFiles } from '../package/control-files.ts';
import { type Payload, PERCH_GROUPS, PERCH_USER, STATE_FOLDER, UNIT } from '../package/payload.ts';
import { type Account, type AccountFiles, addAccount } from './accounts.ts';
import {
  ENABLED_FOLDER,
  enabledNotes,
  infoPath,
  leftOver,
  listText,
  STATUS_PATH,
  withInstalled,
} from './dpkg-database.ts';
import type { Ext4 } from './ext4.ts';
import { bothRoots, editFile, hasAny, type Owner, type Plan, ROOT_OWNER } from './plan.ts';

const ACCOUNT: Account = {
  user: PERCH_USER,
  comment: 'Perch agent',
  home: STATE_FOLDER,
  groups: PERCH_GROUPS,
};

const ENABLED_LINK = `/etc/systemd/system/multi-user.target.wants/${UNIT}`;

/** What has to be started by hand where there is no systemd. */
export const START_LINE = `PERCH_STATE=${STATE_FOLDER} /usr/bin/perch-launcher /usr/bin/perch-agent run`;

/** The package's files, and what dpkg's database says of them where the image has one. */
export async function planPackage(plan: Plan, root: Ext4, payload: Payload): Promise<void> {
  for (const { path, mode, source } of payload.files) plan.files.push({ path, mode, source, ...ROOT_OWNER });
  if (!(await hasAny(root, STATUS_PATH))) return;
  const list = listText(payload.files.map(({ path }) => path));
  const before = await root.text(infoPath('list'));
  // Folders come after what is in them, and stay when something of others is there too.
  if (before !== undefined) plan.remove.push(...(await filesAmong(root, leftOver(before, list))));
  for (const { name, mode, bytes } of await controlFiles(payload)) {
    if (name === 'control')
      await editFile(plan, root, STATUS_PATH, 0o644, (status) => withInstalled(status, bytes.toString()));
    else plan.files.push({ path: infoPath(name), mode, source: bytes, ...ROOT_OWNER });
  }
  plan.files.push({ path: infoPath('list'), mode: 0o644, source: Buffer.from(list), ...ROOT_OWNER });
}

/** Those of the paths that are files or links of the image. */
async function filesAmong(root: Ext4, paths: string[]): Promise<string[]> {
  const nodes = await root.stat(paths);
  return paths.filter((_, index) => nodes[index]?.kind === 'file' || nodes[index]?.kind === 'link');
}

/** The user perch and its groups. @returns the user's ids in this image */
export async function planAccount(plan: Plan, root: Ext4, day: number): Promise<Owner> {
  const names = ['passwd', 'group', 'shadow', 'gshadow'] as const;
  const texts: Partial<AccountFiles> = {};
  // As editFile reads it.
  for (const name of names) texts[name] = (await root.read(`/etc/${name}`))?.toString('latin1');
  const { files, uid, gid } = addAccount(texts as AccountFiles, ACCOUNT, day);
  for (const name of names) {
    const text = files[name];
    if (text !== undefined) await editFile(plan, root, `/etc/${name}`, 0o644, () => text);
  }
  return { uid, gid };
}

/** Lets systemd start the unit at boot, or says what has to start the agent. */
export async function planStart(plan: Plan, root: Ext4): Promise<void> {
  if (!(await hasAny(root, ...bothRoots('/usr/lib/systemd/systemd')))) {
    plan.notes.push(`the image has no systemd: something has to start, as the user perch: ${START_LINE}`);
    return;
  }
  plan.links.push({ path: ENABLED_LINK, target: `/usr/lib/systemd/system/${UNIT}` });
  if (!(await hasAny(root, ENABLED_FOLDER))) return;
  for (const { path, text } of enabledNotes(UNIT, ENABLED_LINK))
    plan.files.push({ path, mode: 0o644, source: Buffer.from(text), ...ROOT_OWNER });
}
