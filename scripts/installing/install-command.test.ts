import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { e2eExecutable } from '../build/e2e-executables.ts';
import { ROOT } from '../build/paths.ts';
import { hostTarget } from '../build/targets.ts';
import { embeddedBroker, House } from '../e2e/house.ts';
import { until } from '../e2e/processes.ts';
import { samplePayload, tokenFor } from '../flashing/testing/board.ts';
import { type DebianRoot, debianRoot, lackingRoot } from '../package/testing/debian-root.ts';
import { lacking } from '../test/programs.ts';
import { BoardOverSsh, lackingBoard, smallSystem } from './testing/board-over-ssh.ts';

const COMMAND = join(ROOT, 'scripts/install');
const { platform } = hostTarget();

async function install(
  args: string[],
  input = '',
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(COMMAND, args);
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await once(child, 'close')) as [number | null];
  const [stdout, stderr] = await said;
  return { code, stdout, stderr };
}

describe('scripts/install', () => {
  test('says in one line what is wrong with its words, and explains itself', async () => {
    for (const [args, pattern] of [
      [[], /the host is missing/],
      [['board', '--wait', '9999'], /--wait 9999: give seconds from 0 to 3600/],
      [['board', 'other'], /one host, not also other/],
    ] as const) {
      const { code, stderr } = await install([...args]);
      assert.deepEqual([code, pattern.test(stderr), stderr.split('\n').length], [2, true, 2], stderr);
    }
    assert.match((await install(['--help'])).stdout, /by standard input only/);
  });

  test('asks for the password of sudo on the terminal, shows nothing of it, and keeps it apart from the token', {
    skip: lackingBoard() || lacking('script'),
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'perch-install-sudo-'));
    const board = await BoardOverSsh.start(smallSystem());
    try {
      board.standIn('dpkg', 'case $1 in --print-architecture) echo arm64 ;; esac');
      board.standIn('id', 'echo 1000');
      // As sudo does, it takes no byte past the line.
      board.standIn(
        'sudo',
        '[ "$1" = -k ] || exit 1\nread -r line; echo "$line" >>/passwords; shift 4; exec "$@"',
      );
      board.standIn(
        'su',
        `case $* in
          *enroll*) cat >/taken-token ;;
          *) echo '{"running":true,"phase":"idle","alias":"attic","broker":"b"}' ;;
        esac`,
      );
      samplePayload(folder);
      const token = tokenFor('attic');
      writeFileSync(join(folder, 'token'), token);
      const words = ['board', '--ssh-config', board.config, '--token-file', join(folder, 'token')];
      const line = [COMMAND, ...words, '--executable', join(folder, 'perch-agent-0.1.0')].join(' ');
      const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null']);
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        said += chunk;
      });
      await until(
        () => said.includes('Password of sudo on board: '),
        'the question',
        30_000,
        () => said,
      );
      child.stdin.write('open sesame\n');
      const [code] = (await once(child, 'close')) as [number | null];
      assert.equal(code, 0, said);
      assert.doesNotMatch(said, /sesame/);
      assert.equal(readFileSync(board.at('taken-token'), 'utf8'), `${token}\n`);
      const passwords = readFileSync(board.at('passwords'), 'utf8').split('\n').filter(Boolean);
      assert.deepEqual([...new Set(passwords)], ['open sesame']);
      assert.doesNotMatch(board.calls(), /sesame/);
    } finally {
      await board.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  describe('on a Debian of its own, with a real server', { skip: lackingBoard() || lackingRoot() }, () => {
    let house: House;
    let system: DebianRoot;
    let board: BoardOverSsh;
    before(async () => {
      house = new House(await embeddedBroker());
      await house.open();
      system = await debianRoot();
      board = await BoardOverSsh.start(system);
      // systemd itself is not there: this starts the agent as its unit would.
      mkdirSync(board.at('run/systemd/system'), { recursive: true });
      board.standIn(
        'systemctl',
        `case $* in
          *restart*perch-agent*)
            setsid setpriv --reuid perch --regid perch --init-groups env PERCH_STATE=/var/lib/perch \\
              /usr/bin/perch-launcher /usr/bin/perch-agent run </dev/null >/agent.log 2>&1 &
            echo $! >/agent.pid ;;
          *is-active*) exit 3 ;;
        esac`,
      );
      execFileSync('mount', ['-t', 'proc', 'proc', board.at('proc')]);
    });
    after(async () => {
      if (board !== undefined) {
        await endAgent(board);
        execFileSync('umount', [board.at('proc')]);
        await board.stop();
      }
      await house?.close();
    });

    test('installs the real package with the real dpkg, enrols it, and waits until somebody approves it', async () => {
      const { token } = await house.json<{ token: string }>('enroll', 'attic', '--no-secret');
      const executable = await e2eExecutable(platform, '0.1.0');
      const args = [
        'board',
        '--ssh-config',
        board.config,
        '--token-file',
        '-',
        '--executable',
        executable,
        '--json',
      ];
      const running = install([...args, '--version', '0.1.0'], token);
      await until(
        async () => (await house.device('attic')) !== undefined,
        'the board knocks',
        90_000,
        () => board.calls(),
      );
      await house.command('approve', 'attic');
      const { code, stdout, stderr } = await running;
      assert.equal(code, 0, stderr);
      const result = JSON.parse(stdout);
      const device = await house.device('attic');
      assert.deepEqual(
        [result.alias, result.accepted, result.platform, result.fingerprint],
        ['attic', true, platform, device?.fingerprint],
      );
      assert.match(stderr, /does not let attic in yet; .*perch-server approve attic/);
      assert.equal(await system.ok('dpkg', '--verify', 'perch-agent'), '');
      assert.equal(await system.ok('stat', '-c', '%U %a', '/var/lib/perch/identity.json'), 'perch 600');
    });
  });
});

async function endAgent(board: BoardOverSsh): Promise<void> {
  let pid: number;
  try {
    pid = Number(readFileSync(board.at('agent.pid'), 'utf8'));
  } catch {
    return; // it never started
  }
  const alive = (): boolean => {
    try {
      process.kill(-pid, 0);
      return true;
    } catch {
      return false;
    }
  };
  if (alive()) process.kill(-pid, 'SIGTERM');
  await until(
    () => !alive(),
    'the agent ends',
    30_000,
    () => '',
  );
}
