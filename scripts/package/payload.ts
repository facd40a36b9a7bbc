import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ROOT } from '../build/paths.ts';
import type { BuildPlatform } from '../build/targets.ts';
import { changelogFor } from './changelog.ts';
import { thirdParties } from './third-parties.ts';

/** What packaged files are made from. */
export const PACKAGING = join(ROOT, 'agent/packaging');
const LAUNCHER = join(ROOT, 'agent/launcher/perch-launcher');

export const PACKAGE = 'perch-agent';
/** Who the agent runs as, and whose devices it may open. */
export const PERCH_USER = 'perch';
export const PERCH_GROUPS = ['i2c', 'dialout', 'gpio'] as const;
/** Where a board keeps its identity, records and releases: of PERCH_USER, mode 0700. */
export const STATE_FOLDER = '/var/lib/perch';
export const UNIT = 'perch-agent.service';

/** A file of the package as it lies on the board: absolute path, mode, and where its bytes come from. Owned by root. */
export interface PayloadFile {
  path: string;
  mode: number;
  /** Path of a file on this machine, or the bytes. */
  source: string | Buffer;
}

export interface Payload {
  version: string;
  platform: BuildPlatform;
  /** Sorted by path. */
  files: readonly PayloadFile[];
}

const gzipped = (text: string | Buffer): Buffer => gzipSync(text, { level: 9 });

/**
 * What a board gets: executable, launcher, unit, udev rules, documents. The state folder is no file of the package.
 * `executable`: path of a built one for that platform, which is not read here.
 * @throws Error when a file of the repository is missing
 */
export function payload(options: { platform: BuildPlatform; version: string; executable: string }): Payload {
  const { platform, version, executable } = options;
  const ours = (name: string): string => join(PACKAGING, name);
  const page = (name: string): Buffer => gzipped(readFileSync(ours(name)));
  const files: PayloadFile[] = [
    { path: '/usr/bin/perch-agent', mode: 0o755, source: executable },
    { path: '/usr/bin/perch-launcher', mode: 0o755, source: LAUNCHER },
    { path: '/usr/lib/modules-load.d/perch.conf', mode: 0o644, source: ours('modules-load.conf') },
    { path: '/usr/lib/perch-agent/start', mode: 0o755, source: ours('start') },
    { path: '/usr/lib/perch-agent/use-packaged', mode: 0o755, source: ours('use-packaged') },
    { path: `/usr/lib/systemd/system/${UNIT}`, mode: 0o644, source: ours(UNIT) },
    { path: '/usr/lib/sysusers.d/perch.conf', mode: 0o644, source: ours('sysusers.conf') },
    { path: '/usr/lib/udev/rules.d/60-perch.rules', mode: 0o644, source: ours('60-perch.rules') },
    { path: '/usr/share/doc/perch-agent/changelog.gz', mode: 0o644, source: gzipped(changelogFor(version)) },
    { path: '/usr/share/doc/perch-agent/copyright', mode: 0o644, source: ours('copyright') },
    { path: '/usr/share/doc/perch-agent/third-parties.gz', mode: 0o644, source: gzipped(thirdParties()) },
    {
      path: '/usr/share/lintian/overrides/perch-agent',
      mode: 0o644,
      source: ours('debian/lintian-overrides'),
    },
    { path: '/usr/share/man/man1/perch-agent.1.gz', mode: 0o644, source: page('perch-agent.1') },
    { path: '/usr/share/man/man1/perch-launcher.1.gz', mode: 0o644, source: page('perch-launcher.1') },
  ];
  return { version, platform, files };
}
