import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { PACKAGE, PACKAGING, type Payload } from './payload.ts';
import { type StagedFile, stage } from './stage.ts';

/** Only a Debian package has a use for it. */
const DEBIAN_ONLY = '/usr/share/lintian/';

export const tarballName = ({ version, platform }: Pick<Payload, 'version' | 'platform'>): string =>
  `${PACKAGE}-${version}-${platform}.tar.gz`;

/** What the archive holds: the files of the payload below `root/`, their list, and install.sh, which reads it. */
export function tarballFiles({ version, platform, files }: Payload): StagedFile[] {
  const installed = files.filter(({ path }) => !path.startsWith(DEBIAN_ONLY));
  const list = installed.map(({ path, mode }) => `${mode.toString(8).padStart(4, '0')} ${path}\n`).join('');
  return [
    ...installed.map((file) => ({ ...file, path: `root${file.path}` })),
    { path: 'files', mode: 0o644, source: Buffer.from(list) },
    { path: 'release', mode: 0o644, source: Buffer.from(`version ${version}\nplatform ${platform}\n`) },
    { path: 'install.sh', mode: 0o755, source: join(PACKAGING, 'install.sh') },
    { path: 'perch-agent.openrc', mode: 0o755, source: join(PACKAGING, 'perch-agent.openrc') },
  ];
}

/** Writes the .tar.gz of a payload to `output`. `work`: an empty folder. The same payload and `seconds` give the same bytes. */
export async function writeTarball(
  payload: Payload,
  options: { output: string; work: string; seconds: number; fast: boolean },
): Promise<void> {
  const { output, work, seconds, fast } = options;
  const name = tarballName(payload).replace(/\.tar\.gz$/, '');
  stage(join(work, name), tarballFiles(payload));
  const words = ['--format=ustar', '--sort=name', `--mtime=@${seconds}`, '--owner=root:0', '--group=root:0'];
  const tar = spawn('tar', [...words, '--numeric-owner', '-cf', '-', '-C', work, name], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
  });
  const status = new Promise<number | null>((resolve, reject) =>
    tar.on('error', reject).on('close', resolve),
  );
  const [code, said] = await Promise.all([
    status,
    text(tar.stderr),
    pipeline(tar.stdout, createGzip({ level: fast ? 1 : 9 }), createWriteStream(output)),
  ]);
  if (code !== 0) throw new Error(`tar could not make ${output}: ${said.trim()}`);
}
