import { lastLines, runCommand } from '../build/run-command.ts';
import { ARCHITECTURES, debianVersion } from './control.ts';
import { controlFiles } from './control-files.ts';
import { PACKAGE, type Payload } from './payload.ts';
import { stage } from './stage.ts';

const PACK_TIMEOUT = 10 * 60_000;
/**
 * xz's preset. Measured with the arm64 executable of 104.7 MB on one core: 0 gives 32.0 MB in 4 s, 1 30.4 MB in 6 s, 6 26.2 MB in
 * 38 s, 9 25.9 MB in 49 s. A board needs 9 MB of memory to unpack 6, and 65 MB for 9.
 */
const LEVEL = { small: 6, fast: 0 } as const;

export const debName = ({ version, platform }: Pick<Payload, 'version' | 'platform'>): string =>
  `${PACKAGE}_${debianVersion(version)}_${ARCHITECTURES[platform]}.deb`;

/**
 * Writes the .deb of a payload to `output`, with dpkg-deb. `work`: an empty folder. The same payload, `seconds` and dpkg give the
 * same bytes.
 * @throws Error with what dpkg-deb said, or how to get it
 */
export async function writeDeb(
  payload: Payload,
  options: { output: string; work: string; seconds: number; fast: boolean },
): Promise<void> {
  const { output, work, seconds, fast } = options;
  const control = await controlFiles(payload);
  const inControl = control.map(({ name, mode, bytes }) => ({ path: `DEBIAN/${name}`, mode, source: bytes }));
  stage(work, [...payload.files, ...inControl]);
  const words = [
    '--root-owner-group',
    '-Zxz',
    `-z${fast ? LEVEL.fast : LEVEL.small}`,
    '--build',
    work,
    output,
  ];
  const packed = await runCommand('dpkg-deb', words, {
    timeout: PACK_TIMEOUT,
    env: {
      ...process.env,
      LC_ALL: 'C',
      SOURCE_DATE_EPOCH: String(seconds),
      // Two threads would cut the data in two, for 1 % more bytes and others on each machine.
      DPKG_DEB_THREADS_MAX: '1',
    },
  });
  if (packed.missing) throw new Error('dpkg-deb makes the .deb and is missing: apt-get install dpkg');
  if (packed.timedOut) throw new Error(`dpkg-deb did not end within ${PACK_TIMEOUT / 60_000} minutes`);
  if (packed.status !== 0) throw new Error(`dpkg-deb could not make ${output}:\n${lastLines(packed.output)}`);
}
