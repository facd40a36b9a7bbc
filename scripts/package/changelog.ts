import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../build/paths.ts';
import { debianVersion } from './control.ts';

/** In Debian's form (deb-changelog(5)), newest first. */
const CHANGELOG = join(ROOT, 'agent/packaging/debian/changelog');

/** The changelog's text, with an entry for `version` in front when its newest is of another. */
export function changelogFor(version: string, text: string = readFileSync(CHANGELOG, 'utf8')): string {
  const [newest, trailer] = newestEntry(text);
  const wanted = debianVersion(version);
  if (newest === wanted) return text;
  return `perch-agent (${wanted}) unstable; urgency=medium\n\n  * Built as ${version}.\n\n${trailer}\n\n${text}`;
}

/** Seconds since 1970 of the newest entry: the time of every file in a package, so that the same sources give the same bytes. */
export function changelogTime(text: string = readFileSync(CHANGELOG, 'utf8')): number {
  const [, trailer] = newestEntry(text);
  return Date.parse(trailer.replace(/^ -- .*> {2}/, '')) / 1000;
}

function newestEntry(text: string): [version: string, trailer: string] {
  const version = /^perch-agent \((\S+)\) /.exec(text)?.[1];
  const trailer = /^ -- .+ <.+> {2}.+$/m.exec(text)?.[0];
  if (version === undefined || trailer === undefined)
    throw new Error(`${CHANGELOG} does not begin with an entry as deb-changelog(5) describes it`);
  return [version, trailer];
}
