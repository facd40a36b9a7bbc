import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readToken } from '@perch/broker-bridge/enrolment.ts';
import { fingerprint } from '@perch/broker-bridge/fingerprint.ts';
import { runCli } from '../cli.ts';
import { localCaller } from '../commands/caller.ts';
import { runCommand } from '../commands/commands.ts';
import { loadKeys } from '../keys.ts';
import { lockDataFolder } from '../local-socket/data-lock.ts';
import { listenLocal } from '../local-socket/listen.ts';
import { elfOf } from '../releases/sample-elf.ts';
import type { Store } from '../store/contract.ts';
import { gapOf, keyOf, recordOf } from '../store/sample-rows.ts';
import { databasePath, openSqliteStore } from '../store/sqlite.ts';
import { toldServer } from '../testing/told-server.ts';
import { perchServer, type Ran } from './run-process.ts';

interface Bench {
  folder: string;
  dataDir: string;
  run(args: string[], options?: { input?: string; env?: NodeJS.ProcessEnv }): Promise<Ran>;
}

async function withFolder(body: (bench: Bench) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'perch-cli-'));
  const dataDir = join(folder, 'data');
  try {
    await body({
      folder,
      dataDir,
      run: (args, options) =>
        perchServer(args, { ...options, env: { PERCH_DATA: dataDir, ...options?.env }, cwd: folder }),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function withStore(dataDir: string, body: (store: Store) => Promise<void>): Promise<void> {
  const store = await openSqliteStore(databasePath(dataDir));
  try {
    await body(store);
  } finally {
    await store.close();
  }
}

test(
  'a command never works beside a server that it cannot reach: a board would stay let in',
  { timeout: 60_000 },
  () =>
    withFolder(async ({ dataDir, run }) => {
      await withStore(dataDir, async (store) => {
        await store.notePending(pending('pi-1', 1), 0);
        await store.approve('pi-1');
      });
      const lock = lockDataFolder(dataDir);
      try {
        const refused = await run(['revoke', 'pi-1']);
        assert.equal(refused.code, 1);
        assert.match(refused.err, /a server or another command is at work in .* and does not answer/);
        assert.equal((await run(['devices'])).code, 0, 'looking disturbs nobody');
      } finally {
        lock.release();
      }
      assert.equal((await run(['revoke', 'pi-1'])).code, 0);
    }),
);

const CONFIG = '{"period":"10s","sensors":[{"id":"sys","driver":"sysfs","proc":["load"]}]}\n';
const pending = (alias: string, byte: number) => ({
  ...{ alias, key: keyOf(byte), platform: 'linux-arm64', version: '0.1.0' },
});

/** What is printed, without a process of its own: there are many commands. */
async function printed(t: TestContext, args: string[]): Promise<string> {
  let out = '';
  const { mock } = t.mock.method(process.stdout, 'write', (text: string) => {
    out += text;
    return true;
  });
  const code = await runCli(args, {});
  mock.restore();
  assert.equal(code, 0, args.join(' '));
  return out;
}

test('help teaches each command with an example', { timeout: 60_000 }, (t) =>
  withFolder(async ({ run }) => {
    const overview = await run(['help']);
    assert.equal(overview.code, 0);
    assert.deepEqual(await run(['--help']), overview);
    const commands = [...overview.out.matchAll(/^ {2}([a-z]+(?: [a-z-]+)?) /gm)].map((match) => match[1]!);
    assert.equal(commands.length, 57);
    for (const command of commands) {
      const help = await printed(t, [...command.split(' '), '--help']);
      assert.match(help, new RegExp(`Example.*\\n  perch-server ${command}`));
      assert.match(help, /--json/);
    }
    assert.deepEqual(await run(['help', 'config', 'set']), await run(['config', 'set', '--help']));
    const bare = await run([]);
    assert.equal(bare.code, 2);
    assert.equal(bare.err, overview.out);
  }),
);

test(
  'what is not understood is told on one line, with what was meant, and exits with 2',
  { timeout: 60_000 },
  () =>
    withFolder(async ({ run }) => {
      const cases: [string[], RegExp][] = [
        [['devics'], /no command "devics"; did you mean devices\?/],
        [['frobnicate'], /no command "frobnicate"; see perch-server help/],
        [['config'], /config needs a second word: config get or config set/],
        [['config', 'gte', 'pi-1'], /did you mean config get\?/],
        [['--data', 'x', 'devices'], /--data comes before the command/],
        [['records', 'pi-1', '--lmit', '5'], /records has no option --lmit; did you mean --limit\?/],
        [['records', 'pi-1', '--limit'], /--limit needs a value: --limit N/],
        [['records', 'pi-1', '--since', '--json'], /--since needs a value/],
        [['records', 'pi-1', '--limit', '0'], /--limit 0: write a number from 1 to 1000/],
        [['records', 'pi-1', '--since', 'yesterday'], /--since yesterday: write how long ago/],
        [['records'], /records needs ALIAS: perch-server records ALIAS/],
        [['records', 'pi-1', 'pi-2'], /does not know what to do with "pi-2"/],
        [['devices', '--json=yes'], /--json takes no value/],
        [['devices', '--data', 'a', '--data', 'b'], /--data is given twice/],
        [['enroll', 'pi-1', '--ttl', '1y'], /--ttl 1y: write a time such as/],
        [['enroll', 'pi-1', '--ttl', '10s'], /--ttl 10s: a token can be used for 1m to 30d/],
        [['config', 'set', 'pi-1', 'no-such-file'], /cannot read no-such-file \(ENOENT\)/],
        [['release', 'publish', 'file'], /needs --platform NAME and --version VERSION/],
        [['release', 'publish'], /needs one FILE, or --targets FILE/],
        [['release', 'publish', '--targets', 'x', '--version', '1.0.0'], /--version is signed already/],
        [
          ['release', 'publish', 'x', '--platform', 'p', '--version', 'v', '--may-replace', '0'],
          /--may-replace 0/,
        ],
        [['release', 'sign', 'x'], /needs --offline DIR/],
        [['release', 'sign', 'x', '--offline', 'y'], /needs --version VERSION/],
        [['keys', 'init', '--threshold', '2'], /--threshold goes with --offline DIR/],
        [['keys', 'init', '--offline', 'x'], /needs --online FILE/],
        [['keys', 'init', '--offline', 'x', '--online', 'y', '--root-keys', '9'], /from 1 to 8/],
        [
          ['keys', 'init', '--offline', 'x', '--online', 'y', '--root-keys', '2', '--threshold', '3'],
          /1 to 2/,
        ],
        [['keys', 'rotate'], /needs ROLE, or --offline DIR/],
        [['keys', 'rotate', 'mirrors'], /"mirrors" is not a role; use root, timestamp, snapshot, targets/],
        [['keys', 'rotate', 'root', '--online', 'x'], /--online goes with --offline DIR/],
        [['keys', 'sign', 'x'], /needs --offline DIR/],
        [['keys', 'import'], /needs FILE\.\.\.: perch-server keys import FILE/],
        [['gaps'], /gaps needs ALIAS: perch-server gaps ALIAS/],
        [['gaps', 'pi-1', '--since', 'yesterday'], /--since yesterday: write how long ago/],
        [['approve', 'pi-1', '--key', 'hello'], /--key hello: write a fingerprint/],
      ];
      await Promise.all(
        cases.map(async ([args, message]) => {
          const { code, out, err } = await run(args);
          assert.deepEqual([code, out], [2, ''], args.join(' '));
          assert.match(err, message);
          assert.match(err, /^perch-server: [^\n]+\n$/);
        }),
      );
    }),
);

test('a token is the only thing on standard output, so that a script can take it', () =>
  withFolder(async ({ run }) => {
    const { code, out, err } = await run([
      'enroll',
      'pi-1',
      '--ttl',
      '2h',
      '--broker',
      'mqtt://b.example.org:1884',
    ]);
    assert.equal(code, 0);
    const enrolment = readToken(out);
    assert.equal(enrolment.alias, 'pi-1');
    assert.equal(enrolment.broker, 'mqtt://b.example.org:1884');
    assert.match(err, /on the board within 2h: perch-agent enroll -/);
    const json = await run(['enroll', 'pi-1', '--json']);
    assert.equal(readToken(JSON.parse(json.out).token).alias, 'pi-1');
    const bad = await run(['enroll', 'Pi One']);
    assert.equal(bad.code, 1);
    assert.match(bad.err, /^perch-server: "Pi One" is not an alias: use 1 to 64 of a-z 0-9 \. _ -\n$/);
  }));

test('a folder without a server is not made into one by looking', () =>
  withFolder(async ({ run, dataDir }) => {
    const { code, err } = await run(['devices']);
    assert.equal(code, 1);
    assert.equal(
      err,
      `perch-server: there is no Perch server in ${dataDir} yet: begin with perch-server serve, or say where it is with --data DIR\n`,
    );
    const json = await run(['devices', '--json']);
    assert.equal(json.code, 1);
    assert.match(JSON.parse(json.out).error.message, /no Perch server/);
  }));

test('boards are listed, approved and revoked without a running server', () =>
  withFolder(async ({ run, dataDir }) => {
    await withStore(dataDir, async (store) => {
      await store.notePending(pending('pi-0', 9), Date.now() - 5 * 60_000);
      const restart = { reason: 'crashed', count: 4, detail: 'out of \x1b memory', at: 1 } as const;
      await store.updateDevice('pi-0', keyOf(9), { restart });
      await store.notePending(pending('pi-1', 1), Date.now() - 5 * 60_000);
      await store.notePending({ ...pending('pi-2', 2), version: '\x1b[31mevil' }, Date.now());
      await store.notePending(pending('pi-2', 3), Date.now());
    });
    const list = await run(['devices']);
    assert.equal(list.err, '');
    const lines = list.out.split('\n');
    assert.match(lines[0]!, /^ALIAS {2}STATUS {3}FINGERPRINT {10}PLATFORM {5}VERSION/);
    assert.match(lines[1]!, / 5m ago {2}start 4, since it crashed: out of \? memory$/);
    assert.match(
      lines[2]!,
      new RegExp(`^pi-1   pending  ${fingerprint(keyOf(1))}  linux-arm64  0\\.1\\.0 .*5m ago$`),
    );
    assert.equal(list.out.includes('\x1b'), false, 'no colours in a pipe, and none from a board');

    assert.equal(
      (await run(['approve', 'pi-1'])).out,
      `pi-1 is approved with the key ${fingerprint(keyOf(1))}.\n`,
    );
    const unclear = await run(['approve', 'pi-2']);
    assert.equal(unclear.code, 1);
    for (const byte of [2, 3]) assert.ok(unclear.err.includes(fingerprint(keyOf(byte))));
    assert.equal((await run(['approve', 'pi-2', '--key', fingerprint(keyOf(3))])).code, 0);
    assert.equal((await run(['revoke', 'pi-1'])).out, 'pi-1 is shut out.\n');
    assert.equal((await run(['revoke', 'pi-1'])).code, 1);
    const { devices } = JSON.parse((await run(['devices', '--json'])).out);
    assert.deepEqual(
      devices.map((each: { alias: string; status: string }) => `${each.alias} ${each.status}`),
      ['pi-0 pending', 'pi-1 revoked', 'pi-2 approved', 'pi-2 pending'],
    );
  }));

test('a config is set from a file or a pipe, read back, and refused fault by fault', () =>
  withFolder(async ({ run, folder }) => {
    writeFileSync(join(folder, 'good.json'), CONFIG);
    const set = await run(['config', 'set', 'pi-1', 'good.json']);
    assert.equal(set.code, 0);
    assert.match(set.out, /^pi-1 has config 1 now:\nITEM +UNIT\nsys\.load1 /);
    assert.match((await run(['config', 'set', 'pi-1', '-'], { input: CONFIG })).out, /as config 1 already/);
    assert.equal((await run(['config', 'get', 'pi-1'])).out, CONFIG);

    const bad = '{"period":"1ms","sensors":[{"id":"sys","driver":"sysfs","proc":["load"],"spead":1}]}';
    const refused = await run(['config', 'set', 'pi-1', '-'], { input: bad });
    assert.equal(refused.code, 1);
    assert.equal(refused.out, '');
    for (const line of refused.err.trimEnd().split('\n')) assert.match(line, /^\/[^:]+: .+ \(.+\)$/);
    const json = await run(['config', 'set', 'pi-1', '-', '--json'], { input: '{' });
    assert.equal(json.code, 1);
    assert.equal(JSON.parse(json.out).error.faults.length, 1);
    assert.equal(JSON.parse((await run(['config', 'get', 'pi-1', '--json'])).out).version, 1);
  }));

test('a release is published once, listed, and refused with other content', { timeout: 60_000 }, () =>
  withFolder(async ({ run, folder }) => {
    const file = join(folder, 'perch-agent');
    writeFileSync(file, elfOf('linux-arm64', 200_000));
    const publish = ['release', 'publish', 'perch-agent', '--platform', 'linux-arm64', '--version'];
    const first = await run([...publish, '0.2.0']);
    assert.deepEqual([first.code, first.err], [0, ''], 'no progress bar in a pipe');
    assert.equal(first.out, '0.2.0 for linux-arm64 is published as release 1: 195.3 KiB.\n');
    assert.match((await run([...publish, '0.2.0'])).out, /already \(release 1\); nothing changed/);
    assert.match(
      (await run([...publish, '0.2.0', '--may-replace', '4'])).out,
      /already \(release 1\); it may replace releases up to 4 now/,
    );
    const other = await run([...publish, '0.2.1']);
    assert.equal(other.code, 1);
    assert.match(other.err, /perch-agent is not of version 0\.2\.1|says that it is version/);
    writeFileSync(file, elfOf('linux-x64', 200_000));
    const wrong = await run([...publish, '0.2.0']);
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /perch-agent is for x64, not for linux-arm64/);
    assert.match((await run(['release', 'list'])).out, /\nlinux-arm64 {2}0\.2\.0 {4}1 .* wanted\n$/);
  }),
);

test('records are shown with the latest at the bottom, and harmless to a terminal', () =>
  withFolder(async ({ run, dataDir }) => {
    await withStore(dataDir, async (store) => {
      const now = Date.now();
      await store.addRecords([
        recordOf({ number: 1, timestamp: now - 2 * 3_600_000 }),
        recordOf({ number: 2, timestamp: now - 60_000, synchronised: false }),
        recordOf({ number: 3, timestamp: now, values: { 'lcd.text': '\x1b]0;owned\x07' }, errors: {} }),
      ]);
    });
    const { out } = await run(['records', 'greenhouse-1', '--since', '1h']);
    const lines = out.trimEnd().split('\n');
    assert.equal(lines.length, 3);
    assert.match(
      lines[1]!,
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ~ +10s +3 +air\.temperature=21\.5 door\.open=false air\.state="ok" soil\.moisture!nak$/,
    );
    assert.match(lines[2]!, /lcd\.text=/);
    assert.equal(/[\x00-\x09\x0b-\x1f]/.test(out), false);
    const json = JSON.parse((await run(['records', 'greenhouse-1', '--limit', '2', '--json'])).out);
    assert.deepEqual(
      json.records.map((row: { number: number }) => row.number),
      [3, 2],
    );
    assert.match((await run(['records', 'nobody'])).err, /^No records of nobody/);
  }));

test('what is missing is told with when and why, below the records of that time too', () =>
  withFolder(async ({ run, dataDir }) => {
    const now = Date.now();
    await withStore(dataDir, async (store) => {
      const times = { since: now - 120_000, until: now - 60_000 };
      await store.addRecords(
        [1, 2, 11].map((number) => recordOf({ number, timestamp: now - 130_000 + number * 10_000 })),
        [
          gapOf({ ...times, from: 1, to: 10, count: 9 }),
          gapOf({ ...times, from: 11, to: 11, count: 1, why: 'full' }),
          gapOf({ since: 5, until: 6, from: 20, to: 20, count: 1, why: 'age' }),
        ],
      );
    });
    const { out } = await run(['gaps', 'greenhouse-1']);
    const lines = out.trimEnd().split('\n');
    assert.equal(lines.length, 3, 'a gap whose records arrived is none');
    assert.match(lines[0]!, /^SINCE +UNTIL +MISSING +WHY +STREAM +NUMBERS$/);
    assert.match(lines[1]!, /^1970-01-01 00:00:00Z +1970-\S+ \S+ +1 +they waited longer than .* 20$/);
    assert.match(lines[2]!, / 8 +the power went, or the agent was killed, .* 00112233aabbccdd {2}1-10$/);
    const json = JSON.parse((await run(['gaps', 'greenhouse-1', '--since', '1h', '--json'])).out);
    assert.deepEqual(
      json.gaps.map((gap: { why: string; missing: number }) => [gap.why, gap.missing]),
      [
        ['full', 0],
        ['stopped', 8],
      ],
    );
    const shown = await run(['records', 'greenhouse-1', '--since', '1h']);
    assert.equal(shown.out.trimEnd().split('\n').length, 4);
    assert.equal(shown.err, 'Up to 8 more are missing in that time: perch-server gaps greenhouse-1\n');
    assert.equal((await run(['records', 'greenhouse-1', '--limit', '1'])).err, '', 'the gap ended before');
    assert.match((await run(['gaps', 'nobody'])).err, /^No records of nobody are missing/);
  }));

test('while a server runs its commands go to it', { timeout: 60_000 }, () =>
  withFolder(async ({ run, folder, dataDir }) => {
    await withStore(dataDir, async (store) => {
      const told: string[] = [];
      const status = { ...toldServer([]).status(), objects: { making: 'a patch', percent: 40, waiting: 2 } };
      const live = toldServer(told, { status: () => status });
      const settings = { broker: 'mqtt://live.example.org', prefix: 'perch/v1', page: '' };
      const context = { store, dataDir, keys: await loadKeys(dataDir, store), settings, live, now: Date.now };
      assert.match((await run(['status'])).err, /no server runs with this data folder/);
      const server = await listenLocal(dataDir, (...call) => runCommand(context, localCaller(), ...call));
      try {
        await store.notePending(pending('pi-1', 1), Date.now());
        assert.equal(readToken((await run(['enroll', 'pi-9'])).out).broker, 'mqtt://live.example.org');
        assert.equal((await run(['approve', 'pi-1'])).code, 0);
        assert.equal((await run(['config', 'set', 'pi-1', '-'], { input: CONFIG })).code, 0);
        const refused = await run(['config', 'set', 'pi-1', '-'], { input: '{' });
        assert.equal(refused.code, 1);
        assert.match(refused.err, /^\(config\): not JSON/);
        const file = join(folder, 'perch-agent');
        writeFileSync(file, elfOf('linux-x64', 3_000_000), { mode: 0o755 });
        const publish = [
          'release',
          'publish',
          'perch-agent',
          '--platform',
          'linux-x64',
          '--version',
          '0.2.0',
        ];
        assert.equal((await run(publish)).code, 0, 'the path is the caller’s');
        assert.equal((await run(['revoke', 'pi-1'])).code, 0);
        assert.match(
          (await run(['status'])).out,
          /^Perch 0\.1\.0, process 42, .*\n.*\(embedded\): connected\n3 boards/,
        );
        assert.deepEqual(told, ['approved pi-1', 'config pi-1', 'release', 'revoked pi-1']);
      } finally {
        await server.close();
      }
    });
  }),
);
