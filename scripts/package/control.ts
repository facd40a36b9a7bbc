import type { BuildPlatform } from '../build/targets.ts';

/** Debian's names of the processors. */
export const ARCHITECTURES = { 'linux-x64': 'amd64', 'linux-arm64': 'arm64' } as const satisfies Record<
  BuildPlatform,
  string
>;

/**
 * What the executable and the native parts inside it need, by the symbol versions that they name: GLIBC_2.28, GCC_3.4,
 * and CXXABI_1.3.11, which came with GCC 7. Debian 11 and Ubuntu 20.04 are the first to have libgcc-s1.
 */
export const DEPENDS = ['libc6 (>= 2.28)', 'libgcc-s1', 'libstdc++6 (>= 7)', 'passwd'] as const;

/** The newest symbol versions that DEPENDS stands for. */
export const NEWEST_SYMBOLS = {
  GLIBC: '2.28',
  GLIBCXX: '3.4.21',
  CXXABI: '1.3.11',
  GCC: '3.4',
} as const;

/**
 * A version as Debian writes it: `1.0.0-rc.1` is `1.0.0~rc.1`, which sorts before 1.0.0, and has no Debian revision. Pure.
 */
export const debianVersion = (version: string): string => version.replace('-', '~').replaceAll('-', '.');

/** Installed-Size, in KiB (Debian policy 5.6.20): each file in whole KiB, and one for each folder. Pure. */
export function installedSize(files: readonly { path: string; bytes: number }[]): number {
  const folders = new Set<string>(['/']);
  for (const { path } of files)
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
      folders.add(path.slice(0, at));
  return files.reduce((sum, { bytes }) => sum + Math.ceil(bytes / 1024), folders.size);
}

/**
 * The control file of the package (deb-control(5)), ending with a line feed. `installedKib`: installedSize(). With a line
 * `Status: install ok installed` behind the first one it is the paragraph in /var/lib/dpkg/status. Pure.
 */
export function controlText(options: {
  version: string;
  platform: BuildPlatform;
  installedKib: number;
}): string {
  const { version, platform, installedKib } = options;
  return `Package: perch-agent
Version: ${debianVersion(version)}
Architecture: ${ARCHITECTURES[platform]}
Maintainer: Perch maintainers <maintainers@perch.example>
Installed-Size: ${installedKib}
Depends: ${DEPENDS.join(', ')}
Section: net
Priority: optional
Description: reads sensors of a single-board computer and reports them
 Perch puts single-board computers in the field and keeps them there. Its
 agent reads sensors over I2C, serial ports and the kernel, keeps what it
 read through power cuts and dead links, and reports it to a Perch server
 over any MQTT broker, sealed end to end. The server can put a new version
 on the board over the air; perch-launcher goes back when that one fails.
`;
}

/** The control file of md5sums (deb-md5sums(5)): a line for each file, by path. Pure. */
export const md5sumsText = (files: readonly { path: string; md5: string }[]): string =>
  files.map(({ path, md5 }) => `${md5}  ${path.replace(/^\//, '')}\n`).join('');
