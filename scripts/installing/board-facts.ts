import type { BuildPlatform } from '../build/targets.ts';
import { BoardError } from '../flashing/board-error.ts';
import { bytesText } from '../flashing/progress.ts';

/** Prints what has to be known of a board, one `name=value` a line, in any POSIX shell. */
export const PROBE = `
echo "machine=$(uname -m)"
echo "bits=$(getconf LONG_BIT 2>/dev/null)"
echo "dpkg=$(dpkg --print-architecture 2>/dev/null)"
if [ "$(id -u)" = 0 ]; then echo sudo=root
elif ! command -v sudo >/dev/null 2>&1; then echo sudo=none
elif sudo -n true 2>/dev/null; then echo sudo=free
else echo sudo=asks; fi
for file in /boot/firmware/config.txt /boot/config.txt; do
  if [ -f "$file" ]; then echo "config=$file"; break; fi
done
if command -v raspi-config >/dev/null 2>&1; then echo raspi-config=yes; fi
set -- $(df -Pk /usr 2>/dev/null | tail -n 1)
echo "room=\${4:-}"
`;

/** How root's rights are got: they are there, sudo gives them, or it wants a password. */
export type Sudo = 'root' | 'free' | 'asks';

export interface BoardFacts {
  platform: BuildPlatform;
  kind: 'deb' | 'tar.gz';
  sudo: Sudo;
  /** Path of the firmware's settings on a Raspberry Pi. */
  configTxt: string | undefined;
  raspiConfig: boolean;
}

const PLATFORMS: Record<string, BuildPlatform> = {
  arm64: 'linux-arm64',
  aarch64: 'linux-arm64',
  amd64: 'linux-x64',
  x86_64: 'linux-x64',
};
const IS_32_BIT = ['armhf', 'armel', 'armv6l', 'armv7l', 'armv8l', 'i386', 'i686'];

/**
 * What the probe found, if an agent can be installed there. A 64-bit kernel may have a 32-bit system on it, so dpkg and libc
 * have the first word. Pure. `needed`: bytes.
 * @throws BoardError WRONG_PLATFORM, NO_SUDO, NO_SPACE
 */
export function judgeBoard(host: string, text: string, needed: number): BoardFacts {
  const facts = new Map(
    text.split('\n').map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1).trim()] as const;
    }),
  );
  const word = (name: string): string => facts.get(name) ?? '';
  const machine = word('dpkg') || word('machine');
  if (IS_32_BIT.includes(machine) || word('bits') === '32')
    throw new BoardError(
      'WRONG_PLATFORM',
      `${host} has a 32-bit system (${machine}); the agent needs a 64-bit one: put the 64-bit image on its card`,
    );
  const platform = PLATFORMS[machine];
  if (platform === undefined)
    throw new BoardError(
      'WRONG_PLATFORM',
      `${host} has the processor ${JSON.stringify(machine.slice(0, 40))}; there are agents for arm64 and amd64`,
    );
  const sudo = word('sudo');
  if (sudo !== 'root' && sudo !== 'free' && sudo !== 'asks')
    throw new BoardError(
      'NO_SUDO',
      `on ${host} this user is not root and there is no sudo; log in as root: scripts/install root@${host.replace(/^.*@/, '')}`,
    );
  const room = Number(word('room')) * 1024;
  if (word('room') !== '' && room < needed)
    throw new BoardError(
      'NO_SPACE',
      `${host} has ${bytesText(room)} free and ${bytesText(needed)} are needed; remove what is not used`,
    );
  const config = word('config');
  return {
    platform,
    kind: word('dpkg') === '' ? 'tar.gz' : 'deb',
    sudo,
    configTxt: config === '' ? undefined : config,
    raspiConfig: word('raspi-config') === 'yes',
  };
}
