import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { BoardError, type BoardFault } from '../flashing/board-error.ts';
import { samplePayload, tokenFor } from '../flashing/testing/board.ts';
import { type InstallOptions, installBoard } from './install-board.ts';
import { BoardOverSsh, lackingBoard, smallSystem } from './testing/board-over-ssh.ts';

const ENROLLED = '{"alias":"attic","fingerprint":"aaaa-bbbb","state":"/var/lib/perch"}';
const status = (phase: string): string =>
  JSON.stringify({ running: true, alias: 'attic', broker: 'mqtts://broker.example', phase });

describe('installing over ssh', { skip: lackingBoard() }, () => {
  let board: BoardOverSsh;
  let folder: string;
  /** Where this process makes its temporary folders. */
  let temporary: string;
  const { TMPDIR } = process.env;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'perch-install-test-'));
    temporary = join(folder, 'tmp');
    mkdirSync(temporary);
    process.env.TMPDIR = temporary;
    board = await BoardOverSsh.start(smallSystem());
  });
  after(async () => {
    await board?.stop();
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(() => {
    board.reset();
    assert.deepEqual(readdirSync(board.at('var/tmp')), [], 'what was copied to the board is removed');
    const left = readdirSync(temporary).filter((name) => /^perch-(ssh|install)-/.test(name));
    assert.deepEqual(left, [], 'nor is anything left here');
  });

  /** A Raspberry Pi whose programs only note what they are asked to do. */
  function raspberryPi({ phases = ['reporting'], architecture = 'arm64' } = {}): void {
    board.standIn('uname', 'echo aarch64');
    board.standIn(
      'dpkg',
      `case $1 in --print-architecture) echo ${architecture} ;; *) cp "$2" /taken.deb ;; esac`,
    );
    const answers = phases.map((phase) => `'${status(phase)}'`).join(' ');
    board.standIn(
      'su',
      `case $* in
        *enroll*) cat >/taken-token; echo '${ENROLLED}' ;;
        *status*)
          asked=$(grep -c 'perch-agent status' /calls)
          set -- ${answers}
          while [ "$asked" -gt 1 ] && [ $# -gt 1 ]; do shift; asked=$((asked - 1)); done
          echo "$1" ;;
      esac`,
    );
  }

  const install = (more: Partial<InstallOptions> = {}) =>
    installBoard({
      host: 'board',
      config: board.config,
      token: tokenFor('attic'),
      payloadFor: async () => samplePayload(folder),
      enableI2c: false,
      waitSeconds: 20,
      ...more,
    });

  async function refuse(more: Partial<InstallOptions>, code: BoardFault, pattern: RegExp): Promise<void> {
    await assert.rejects(install(more), (error: unknown) => {
      assert.ok(error instanceof BoardError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, pattern);
      assert.equal(error.message.includes('\n'), false);
      return true;
    });
  }

  test('a Raspberry Pi gets the .deb, its token by standard input alone, and I2C; then the server lets it in', async () => {
    raspberryPi({ phases: ['offline', 'refused', 'reporting'] });
    board.standIn('raspi-config', 'exit 0');
    const token = tokenFor('attic');
    const steps: string[] = [];
    const progress = {
      step: (what: string) => void steps.push(what),
      stage: () => ({ to: () => {}, end: () => {} }),
    };
    assert.deepEqual(await install({ token, enableI2c: true, progress }), {
      host: 'board',
      platform: 'linux-arm64',
      version: '0.1.0',
      alias: 'attic',
      fingerprint: 'aaaa-bbbb',
      accepted: true,
      notes: [],
    });
    assert.equal(readFileSync(board.at('taken-token'), 'utf8'), `${token}\n`);
    const calls = board.calls();
    assert.ok(!calls.includes(token.slice(7, 40)), 'the token is in no command line');
    assert.match(calls, /^raspi-config nonint do_i2c 0$/m);
    const deb = execFileSync('dpkg-deb', ['--field', board.at('taken.deb'), 'Package', 'Architecture'], {
      encoding: 'utf8',
    });
    assert.match(deb, /Package: perch-agent\nArchitecture: arm64/);
    assert.match(
      steps.join('\n'),
      /is not reached from the board.*\nthe server does not let attic in yet.*perch-server approve attic\nattic is accepted/,
    );
  });

  test('without dpkg the .tar.gz is unpacked and its own script runs; config.txt gets I2C once', async () => {
    raspberryPi({ architecture: '' });
    board.standIn(
      'tar',
      'mkdir "$4/perch-agent-0"; echo "echo install.sh >>/calls" >"$4/perch-agent-0/install.sh"; cp "$2" /taken.tar.gz',
    );
    mkdirSync(board.at('boot/firmware'), { recursive: true });
    const configTxt = board.at('boot/firmware/config.txt');
    writeFileSync(configTxt, 'dtoverlay=vc4\n');
    const { notes } = await install({ enableI2c: true });
    assert.match(board.calls(), /^install\.sh$/m);
    assert.match(
      execFileSync('tar', ['-tzf', board.at('taken.tar.gz')], { encoding: 'utf8' }),
      /^perch-agent-0\.1\.0-linux-arm64\/root\/usr\/bin\/perch-launcher$/m,
    );
    assert.match(
      readFileSync(configTxt, 'utf8'),
      /^dtoverlay=vc4\n\n# .*\n\[all\]\ndtoverlay=\ndtparam=i2c_arm=on\n$/,
    );
    assert.match(notes.join('\n'), /after the next start/);
    assert.deepEqual((await install({ enableI2c: true })).notes, ['I2C was on already']);
    rmSync(board.at('boot/firmware'), { recursive: true });
  });

  test('a user who is not root goes by sudo; one that wants a password needs somebody to ask', async (t) => {
    raspberryPi();
    board.standIn('id', 'echo 1000');
    board.standIn('sudo', '[ "$1" = -n ] || exit 1\nshift\nexec "$@"');
    assert.equal((await install()).accepted, true);
    assert.match(board.calls(), /^sudo -n sh -c/m);
    const terminal = Object.getOwnPropertyDescriptor(process.stdin, 'isTTY');
    Object.defineProperty(process.stdin, 'isTTY', { value: false, configurable: true });
    t.after(() => {
      if (terminal === undefined) delete (process.stdin as { isTTY?: boolean }).isTTY;
      else Object.defineProperty(process.stdin, 'isTTY', terminal);
    });
    board.standIn('sudo', 'exit 1');
    await refuse({}, 'BAD_OPTION', /no terminal to ask on: Password of sudo on board/);
  });

  test('a board that cannot have an agent is left as it is', async () => {
    const untouched = async (code: BoardFault, pattern: RegExp): Promise<void> => {
      await refuse({}, code, pattern);
      assert.doesNotMatch(board.calls(), /install|enroll/);
      board.reset();
    };
    // The kernel says aarch64; the system on it is 32-bit all the same.
    raspberryPi({ architecture: 'armhf' });
    await untouched('WRONG_PLATFORM', /board has a 32-bit system \(armhf\).*64-bit image/);
    raspberryPi({ architecture: 'riscv64' });
    await untouched('WRONG_PLATFORM', /the processor "riscv64"; there are agents for arm64 and amd64/);
    raspberryPi();
    board.standIn('id', 'echo 1000');
    await untouched('NO_SUDO', /not root and there is no sudo; log in as root: scripts\/install root@board/);
    raspberryPi();
    board.standIn('df', 'echo Filesystem; echo "/dev/root 1000 900 1000 90% /"');
    await untouched('NO_SPACE', /1\.0 MB free and 300 MB are needed/);
    await refuse({ token: 'perch1.abc' }, 'BAD_TOKEN', /cut short or damaged/);
  });

  test('an unreachable host, one that took the place of another, and no host at all', async () => {
    await refuse({ host: 'closed' }, 'UNREACHABLE', /closed cannot be reached by ssh, .*Connection refused/);
    const restore = board.forgeHostKey();
    await refuse({}, 'UNREACHABLE', /IDENTIFICATION HAS CHANGED|verification failed/);
    restore();
    await refuse({ host: '-oProxyCommand=touch /tmp/x' }, 'BAD_OPTION', /is no host/);
  });

  test('what fails on the board is told in its own words', async () => {
    raspberryPi();
    board.standIn(
      'dpkg',
      'case $1 in --print-architecture) echo arm64 ;; *) echo "dpkg: the disk is full" >&2; exit 2 ;; esac',
    );
    board.standIn('apt-get', 'echo "E: no network" >&2; exit 100');
    await refuse({}, 'NOT_INSTALLED', /it could not be installed: E: no network/);
  });

  test('a server that does not let it in is the reason, after the time that was given', async () => {
    raspberryPi({ phases: ['refused', 'refused'] });
    await refuse(
      { waitSeconds: 2 },
      'NOT_ACCEPTED',
      /the agent is on board, but after 2 s: the server does not let attic in yet/,
    );
    assert.equal((await install({ waitSeconds: 0 })).accepted, false);
  });

  test('what is stopped ends at once, whatever the board is busy with, and leaves no copy there', async () => {
    raspberryPi();
    board.standIn('dpkg', 'case $1 in --print-architecture) echo arm64 ;; *) sleep 60 ;; esac');
    const stop = new AbortController();
    const started = performance.now();
    const step = (what: string): void => void (what === 'installing' && setTimeout(() => stop.abort(), 200));
    const progress = { step, stage: () => ({ to: () => {}, end: () => {} }) };
    await refuse({ signal: stop.signal, progress }, 'STOPPED', /what was done on the board so far stays/);
    assert.ok(performance.now() - started < 30_000, 'it waited for dpkg');
  });

  test('a board that is enrolled needs no token', async () => {
    raspberryPi();
    rmSync(board.at('taken-token'), { force: true });
    assert.equal((await install({ token: undefined })).accepted, true);
    assert.equal(existsSync(board.at('taken-token')), false);
  });
});
