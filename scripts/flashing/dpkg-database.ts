import { PACKAGE } from '../package/payload.ts';

/** dpkg's table of what is installed; an image without it has no dpkg. */
export const STATUS_PATH = '/var/lib/dpkg/status';
const INFO_FOLDER = '/var/lib/dpkg/info';

/** A file of the package in dpkg's database: its list, its sums, its scripts. */
export const infoPath = (name: string): string => `${INFO_FOLDER}/${PACKAGE}.${name}`;

/**
 * dpkg's status file (deb822(5)) with the package of this control file as an installed one, in place of an earlier
 * paragraph of it, else at the end. Other paragraphs stay as they are. Pure.
 */
export function withInstalled(status: string, control: string): string {
  const paragraph = control.replace(/^(Package: .*\n)/, '$1Status: install ok installed\n').trimEnd();
  const first = /^Package: .*$/m.exec(control)?.[0];
  const paragraphs = status.split(/\n{2,}/).filter((text) => text.trim() !== '');
  const others = paragraphs.map((text) => text.replace(/^\n+|\n+$/g, ''));
  const at = others.findIndex((text) => text.split('\n').some((line) => line === first));
  const all = at < 0 ? [...others, paragraph] : others.with(at, paragraph);
  return `${all.join('\n\n')}\n\n`;
}

/** dpkg's list of a package: every folder and file, folders before what is in them. Pure. */
export function listText(paths: readonly string[]): string {
  const all = new Set<string>();
  for (const path of paths.toSorted()) {
    const parts = path.split('/').slice(1);
    for (let depth = 1; depth <= parts.length; depth += 1) all.add(`/${parts.slice(0, depth).join('/')}`);
  }
  return ['/.', ...all].map((path) => `${path}\n`).join('');
}

/** What a package's list has and a newer list no longer has. The list is an image's: no name leads out of its folders. Pure. */
export function leftOver(before: string, now: string): string[] {
  const kept = new Set(now.split('\n'));
  return before.split('\n').filter((path) => /^(\/[\w+@~-][\w.+@~-]*)+$/.test(path) && !kept.has(path));
}

/** Folder of deb-systemd-helper(1p): what packages enabled, so that an upgrade does not enable what a person disabled. */
export const ENABLED_FOLDER = '/var/lib/systemd/deb-systemd-helper-enabled';

/** The helper's notes on a unit that is enabled by one link: path and text. Pure. */
export const enabledNotes = (unit: string, link: string): { path: string; text: string }[] => [
  { path: `${ENABLED_FOLDER}/${unit}.dsh-also`, text: `${link}\n` },
  { path: link.replace('/etc/systemd/system', ENABLED_FOLDER), text: '' },
];
