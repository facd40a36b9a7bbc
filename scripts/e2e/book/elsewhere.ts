/** Commands of the book that its test does not run as they stand. */
export interface Elsewhere {
  page: string;
  /** The commands as the page has them, each on one line; left out: all of the page. */
  commands?: readonly string[];
  /** How every block of the page begins, by which that test finds them. */
  begins?: string;
  /** What stands in the way here. */
  why: string;
  /** The test file that runs the same thing in another form. */
  test: string;
}

export const ELSEWHERE: readonly Elsewhere[] = [
  {
    page: 'README.md',
    commands: ['npm start'],
    why: 'it goes on until somebody ends it',
    test: 'scripts/e2e/start.test.ts',
  },
  {
    page: 'README.md',
    commands: ['npm test'],
    why: 'it would run this test',
    test: 'scripts/test/find-tests.test.ts',
  },
  {
    page: 'README.md',
    commands: [
      'scripts/flash raspios-lite-arm64.img.xz --token-file greenhouse-1.txt --hostname greenhouse-1 --wifi Garden --wifi-country DE --ssh-key ~/.ssh/id_ed25519.pub --device /dev/sdX',
    ],
    why: 'a card, which is written to',
    test: 'scripts/flashing/write-device.test.ts',
  },
  {
    page: 'README.md',
    commands: ['scripts/install pi@192.168.1.23 --token-file greenhouse-1.txt'],
    why: 'a board with ssh',
    test: 'scripts/installing/install-command.test.ts',
  },
  {
    page: 'installing.md',
    commands: ['npm run package', 'npm run package -- --platform linux-arm64'],
    why: 'minutes of packing',
    test: 'scripts/package/package-command.test.ts',
  },
  {
    page: 'installing.md',
    commands: ['scripts/install pi@greenhouse-1 --token-file greenhouse-1.txt'],
    why: 'a board with ssh',
    test: 'scripts/installing/install-command.test.ts',
  },
  {
    page: 'installing.md',
    commands: [
      'tar -xzf perch-agent-0.1.0-linux-arm64.tar.gz',
      'sudo perch-agent-0.1.0-linux-arm64/install.sh',
      'sudo install -m 600 token.txt /var/lib/perch/token',
    ],
    why: 'a board without dpkg',
    test: 'scripts/package/install-sh.test.ts',
  },
  {
    page: 'operating.md',
    commands: ['ssh -N -L 8080:127.0.0.1:8080 user@server'],
    why: 'two computers; what comes through the tunnel is a request for 127.0.0.1:8080',
    test: 'server/src/http/access.test.ts',
  },
  {
    page: 'running.md',
    commands: [
      'mkdir -p /etc/systemd/system.conf.d',
      "printf '[Manager]\\nRuntimeWatchdogSec=15\\nRebootWatchdogSec=5min\\n' > /etc/systemd/system.conf.d/watchdog.conf",
      'systemctl daemon-reexec',
      'wdctl',
    ],
    why: 'a board with a hardware watchdog',
    test: 'scripts/rig/debian.long.ts',
  },
  {
    page: 'updating.md',
    begins: '# ',
    why: 'several computers, which share nothing but a stick',
    test: 'server/src/cli/ceremony.test.ts',
  },
];

const FORCED = /the packaged executable runs in place of release 0\.2\.0-/;

/** A block that is run on a board: its page, and how it begins. */
interface OnBoard {
  page: string;
  begins: string;
  /** What it must print. */
  prints: RegExp;
}

/** Blocks that board.test.ts runs on a Debian with systemd, in this order. */
export const ON_BOARD: readonly OnBoard[] = [
  { page: 'installing.md', begins: 'sudo apt install', prints: /Unpacking perch-agent.*greenhouse-1/s },
  {
    page: 'recovery.md',
    begins: 'sudo perch-agent status',
    prints: /enrolled as greenhouse-1.*active \(running\)/s,
  },
  { page: 'installing.md', begins: 'sudo systemctl stop perch-agent\nsudo runuser', prints: FORCED },
  { page: 'recovery.md', begins: 'sudo systemctl stop perch-agent\nsudo runuser', prints: FORCED },
];

/** Blocks that card.test.ts runs with cards that are files, in this order. */
export const ON_CARDS: readonly Pick<OnBoard, 'page' | 'begins'>[] = [
  { page: 'recovery.md', begins: 'owner=' },
  { page: 'recovery.md', begins: 'sudo systemctl stop perch-agent\nsudo mkfs.ext4' },
];
