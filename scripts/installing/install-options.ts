import { VERSION } from '../../agent/src/version.ts';
import { badOption, readCommandLine } from '../flashing/command-line.ts';

/** Longest wait for the server's yes, in seconds. */
export const WAIT_LIMIT = 3600;
const WAIT = '120';

export const INSTALL_HELP = `scripts/install HOST [--token TOKEN] [options]

Installs the Perch agent on a board that runs, over ssh, or brings it up to date: the .deb where
there is dpkg, else the .tar.gz. Then it waits until the server lets the board in. HOST is as for
ssh: pi@greenhouse.local, or a name in ~/.ssh/config. Its user is root or may use sudo.

  --token TOKEN       what \`perch-server enroll ALIAS\` printed; not needed for a board that is enrolled
  --token-file FILE   the same from a file (-: standard input), which keeps it out of the list of
                      processes and the shell's history. To the board it goes by standard input only
  --identity FILE     the private key for ssh
  --ssh-config FILE   another file than ~/.ssh/config
  --enable-i2c        turns the I2C bus of a Raspberry Pi on
  --wait SECONDS      how long to wait for the server (default: ${WAIT}; 0: not at all)
  --executable FILE   this agent for the board's processor (default: it is built)
  --version V         its version (default: ${VERSION})
  --json              the result as JSON
  --help              this text

  scripts/install pi@greenhouse.local --token-file greenhouse.txt --enable-i2c
`;

const bad = badOption('scripts/install');

/** The command line as it was meant; undefined when help is asked for. @throws BoardError BAD_OPTION */
export function installArguments(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const options = {
    token: text,
    'token-file': text,
    identity: text,
    'ssh-config': text,
    'enable-i2c': flag,
    wait: { ...text, default: WAIT },
    executable: text,
    version: { ...text, default: VERSION },
    json: flag,
    help: { ...flag, short: 'h' },
  } as const;
  const read = readCommandLine(args, options, 'host', bad);
  if (read === undefined) return undefined;
  const { values, positional: host } = read;
  if (!/^\d{1,4}$/.test(values.wait) || Number(values.wait) > WAIT_LIMIT)
    throw bad(`--wait ${values.wait}: give seconds from 0 to ${WAIT_LIMIT}`);
  return { ...values, host, waitSeconds: Number(values.wait) };
}
