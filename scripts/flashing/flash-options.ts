import { VERSION } from '../../agent/src/version.ts';
import { badOption, readCommandLine } from './command-line.ts';

export const FLASH_HELP = `scripts/flash IMAGE --token TOKEN (--out FILE | --device /dev/sdX) [options]
scripts/flash IMAGE --many tokens.csv --out FOLDER [options]

Puts the Perch agent into an image of Raspberry Pi OS (64-bit) or Debian arm64, so that a board
that starts from it enrols itself and reports. IMAGE is an .img or .img.xz and stays as it is.
Nothing is mounted; root is needed for --device only. All that was written is read back.

What it becomes
  --out FILE                 the new image; with --many, the folder of the images
  --device /dev/sdX          writes it onto a card or stick, after asking for its name
  --many FILE                a batch: "alias,token" or "hostname,token" in the first line, then a
                             board on each; a batch that was broken off goes on where it was
Who the board is
  --token TOKEN              what \`perch-server enroll ALIAS\` printed
  --token-file FILE          the same from a file (-: standard input), which keeps it out of the
                             list of processes and the shell's history
  --hostname NAME            the board's name in its network (default: as in the image)
How it is reached
  --wifi NAME                joins this network; the passphrase is asked for
  --wifi-password-file FILE  takes the passphrase from a file
  --wifi-open                the network has no passphrase
  --wifi-country XX          where the board stands, such as DE or GB
  --ssh-key FILE             a public key that may log in as root
On a Raspberry Pi, I2C, the serial port of the pins and the watchdog are switched on.
  --serial-console           leaves the system's console on that serial port

  --executable FILE          this agent for arm64 (default: it is built)
  --version V                its version (default: ${VERSION})
  --work DIR                 where --device prepares the image (default: /var/tmp)
  --force                    replaces an image that is there
  --force-device             takes a disk that is neither removable nor on USB or a card slot
  --yes                      does not ask before it writes to a device
  --json                     the result as JSON
  --help                     this text

  scripts/flash raspios-lite-arm64.img.xz --token-file greenhouse.txt --hostname greenhouse \\
    --wifi Garden --wifi-country DE --device /dev/sdb
`;

const bad = badOption('scripts/flash');

/** The command line as it was meant; undefined when help is asked for. @throws BoardError BAD_OPTION */
export function flashArguments(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const options = {
    token: text,
    'token-file': text,
    many: text,
    out: text,
    device: text,
    hostname: text,
    wifi: text,
    'wifi-password-file': text,
    'wifi-open': flag,
    'wifi-country': text,
    'ssh-key': text,
    'serial-console': flag,
    executable: text,
    version: { ...text, default: VERSION },
    work: { ...text, default: '/var/tmp' },
    force: flag,
    'force-device': flag,
    yes: flag,
    json: flag,
    help: { ...flag, short: 'h' },
  } as const;
  const read = readCommandLine(args, options, 'image', bad);
  if (read === undefined) return undefined;
  const { values, positional: image } = read;
  if (values.many !== undefined) {
    if (values.out === undefined) throw bad('--many needs --out FOLDER');
    for (const other of ['token', 'token-file', 'device', 'hostname'] as const)
      if (values[other] !== undefined) throw bad(`--many goes without --${other}`);
  } else if ((values.out === undefined) === (values.device === undefined))
    throw bad('give --out FILE or --device /dev/sdX');
  return { ...values, image };
}
