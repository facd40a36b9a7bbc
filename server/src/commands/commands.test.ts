import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readToken } from '@perch/broker-bridge/enrolment.ts';
import { fingerprint } from '@perch/broker-bridge/fingerprint.ts';
import { loadKeys } from '../keys.ts';
import { elfOf } from '../releases/sample-elf.ts';
import { keyOf, recordOf } from '../store/sample-rows.ts';
import { databasePath, openSqliteStore } from '../store/sqlite.ts';
import { toldServer } from '../testing/told-server.ts';
import { readRoleKeys, tufFolder } from '../tuf/role-keys.ts';
import { type CommandArgs, type CommandName, type CommandResult, runCommand } from './commands.ts';
import type { CommandContext } from './context.ts';
import { PATHS_LIMIT } from './paths.ts';
import { loadTokenSettings, saveTokenSettings } from './settings.ts';

const TESTER = { actor: 'local:test', scope: 'admin' } as const;
const NOW = Date.UTC(2026, 5, 1);

interface Bench {
  context: CommandContext;
  /** What the running server was told. */
  told: string[];
  run<N extends CommandName>(name: N, args: CommandArgs<N>): Promise<CommandResult<N>>;
}

async function withBench(body: (bench: Bench) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'perch-commands-'));
  const store = await openSqliteStore(databasePath(dataDir));
  const told: string[] = [];
  const live = toldServer(told);
  try {
    const context: CommandContext = {
      ...{ store, dataDir, live, now: () => NOW },
      keys: await loadKeys(dataDir, store),
      settings: {
        broker: 'mqtt://board:pw@perch.example.org',
        prefix: 'perch/v1',
        ca: 'PEM',
        page: 'http://127.0.0.1:8080',
      },
    };
    const run = async <N extends CommandName>(name: N, args: CommandArgs<N>) => {
      const result = await runCommand(context, TESTER, name, args);
      assert.deepEqual(JSON.parse(JSON.stringify(result)), result, 'results are plain JSON');
      return result as CommandResult<N>;
    };
    await body({ context, told, run });
  } finally {
    await store.close();
    rmSync(dataDir, { recursive: true });
  }
}

const board = { platform: 'linux-arm64', version: '0.1.0' };

test('a token holds all that a board needs, and its secret lets one key in', () =>
  withBench(async ({ context, run }) => {
    const { token, ...rest } = await run('enroll', { alias: 'pi-1', ttl: 60_000 });
    assert.deepEqual(rest, {
      ...{ alias: 'pi-1', broker: 'mqtt://perch.example.org', expires: NOW + 60_000, replaces: false },
    });
    const enrolment = readToken(token);
    assert.equal(enrolment.broker, 'mqtt://board:pw@perch.example.org');
    assert.equal(enrolment.ca, 'PEM');
    assert.deepEqual(
      new Uint8Array(Buffer.from(enrolment.serverKey, 'base64url')),
      context.keys.static.publicKey,
    );
    const [root] = await context.store.metadata();
    assert.equal(enrolment.root, createHash('sha256').update(root!.bytes).digest('base64url'));
    const secret = Buffer.from(enrolment.secret!, 'base64url');
    assert.equal(secret.length, 16);
    const hash = createHash('sha256').update(secret).digest('hex');
    const device = { key: keyOf(1), ...board };
    assert.equal(await context.store.redeem('pi-1', hash, device, NOW + 60_000), false, 'expired');
    assert.equal(await context.store.redeem('pi-1', hash, device, NOW + 59_999), true);
    assert.equal((await run('enroll', { alias: 'pi-1' })).replaces, true);
    const database = readFileSync(`${databasePath(context.dataDir)}-wal`);
    assert.equal(database.includes(secret) || database.includes(enrolment.secret!), false);
  }));

test('a token without a secret only introduces a board', () =>
  withBench(async ({ run }) => {
    const { token } = await run('enroll', { alias: 'pi-1', secret: false });
    const enrolment = readToken(token);
    assert.equal(enrolment.secret, undefined);
    assert.equal(enrolment.alias, 'pi-1');
  }));

test('how boards reach the broker is remembered for when no server runs', () =>
  withBench(async ({ context: { store } }) => {
    assert.deepEqual(await loadTokenSettings(store), {
      ...{ broker: 'mqtt://127.0.0.1:1883', prefix: 'perch/v1', page: 'http://127.0.0.1:8080' },
    });
    const settings = { broker: 'mqtts://b', prefix: 'p', ca: 'PEM', page: 'https://p' };
    await saveTokenSettings(store, settings);
    assert.deepEqual(await loadTokenSettings(store), settings);
    await saveTokenSettings(store, { broker: 'mqtt://c', prefix: 'p', page: '' });
    assert.deepEqual(await loadTokenSettings(store), { broker: 'mqtt://c', prefix: 'p', page: '' });
  }));

test('a waiting board is approved and revoked, and the running server is told', () =>
  withBench(async ({ context, told, run }) => {
    await assert.rejects(run('approve', { alias: 'pi-1' }), {
      name: 'CommandRefused',
      message: /no board asked to be let in as pi-1.*perch-server enroll pi-1/,
    });
    await assert.rejects(run('revoke', { alias: 'pi-1' }), /nothing to revoke/);
    await context.store.notePending({ alias: 'pi-1', key: keyOf(1), ...board }, 5);
    const { device } = await run('approve', { alias: 'pi-1' });
    assert.equal(device.status, 'approved');
    assert.equal(device.fingerprint, fingerprint(keyOf(1)));
    assert.equal('key' in device, false);
    assert.deepEqual((await run('devices', {})).devices, [device]);
    await run('revoke', { alias: 'pi-1' });
    assert.deepEqual(told, ['approved pi-1', 'revoked pi-1']);
  }));

test('with several keys, or a board that is in already, the key must be named', () =>
  withBench(async ({ context, told, run }) => {
    const [one, two] = [fingerprint(keyOf(1)), fingerprint(keyOf(2))];
    for (const byte of [1, 2])
      await context.store.notePending({ alias: 'pi-1', key: keyOf(byte), ...board }, byte);
    await assert.rejects(run('approve', { alias: 'pi-1' }), (error: Error) => {
      assert.match(error.message, /several keys fit; say which with --key FINGERPRINT/);
      assert.ok(error.message.includes(one) && error.message.includes(two));
      return true;
    });
    for (const key of ['zzzz', 'abc', ''])
      await assert.rejects(run('approve', { alias: 'pi-1', key }), /at least 4/);
    await assert.rejects(run('approve', { alias: 'pi-1', key: '0000-0000' }), /no key of pi-1 begins with/);
    await run('approve', { alias: 'pi-1', key: one.toUpperCase().slice(0, 9) });
    // A stranger under the alias of a board that is in must not take its place by a careless approval.
    await assert.rejects(run('approve', { alias: 'pi-1' }), (error: Error) => {
      assert.match(error.message, /shuts that board out/);
      assert.ok(error.message.includes(`approve pi-1 --key ${two}`));
      return true;
    });
    await run('approve', { alias: 'pi-1', key: two });
    await assert.rejects(run('approve', { alias: 'pi-1' }), /no other key waits/);
    assert.deepEqual(told, ['approved pi-1', 'approved pi-1']);
  }));

test('a config is checked, stored as the next version and sent out; the same text again is not', () =>
  withBench(async ({ told, run }) => {
    const text = '{"period":"10s","sensors":[{"id":"sys","driver":"sysfs","proc":["load"]}]}';
    await assert.rejects(run('configGet', { alias: 'pi-1' }), /has no config yet/);
    const first = await run('configSet', { alias: 'pi-1', text });
    assert.equal(first.version, 1);
    assert.equal(first.items[0]?.name, 'sys.load1');
    assert.equal((await run('configSet', { alias: 'pi-1', text })).changed, false);
    assert.equal((await run('configSet', { alias: 'pi-1', text: `${text}\n` })).version, 2);
    assert.equal((await run('configGet', { alias: 'pi-1', version: 1 })).text, text);
    await assert.rejects(run('configGet', { alias: 'pi-1', version: 9 }), /no version 9/);
    assert.deepEqual(told, ['config pi-1', 'config pi-1']);
    await assert.rejects(run('configSet', { alias: 'pi-1', text: '{"period":"10s"}' }), (error: Error) => {
      const { faults } = (error as Error & { data: { faults: { pointer: string }[] } }).data;
      assert.equal(faults[0]?.pointer, '/sensors');
      assert.match(error.message, /^\/sensors: .* \(.*\)$/);
      return true;
    });
    assert.equal((await run('configGet', { alias: 'pi-1' })).version, 2, 'a faulty config changes nothing');
  }));

test('a release is published and listed, and one at a time is copied', () =>
  withBench(async ({ context, told, run }) => {
    const file = join(context.dataDir, 'agent');
    const put = (version: string): void =>
      writeFileSync(file, elfOf('linux-x64', 100_000, version), { mode: 0o755 });
    put('0.2.0');
    const args = { platform: 'linux-x64', version: '0.2.0', file };
    const [first, second] = await Promise.allSettled([
      run('releasePublish', args),
      run('releasePublish', args),
    ]);
    assert.ok(first.status === 'fulfilled' && first.value.published && first.value.wanted);
    assert.ok(second.status === 'rejected' && second.reason.code === 'BUSY');
    assert.equal((await run('releasePublish', args)).published, false);
    put('0.3.0');
    const newer = await run('releasePublish', { ...args, version: '0.3.0' });
    assert.equal(newer.release.sequence, 2);
    put('0.2.0');
    assert.equal((await run('releasePublish', args)).wanted, false, '0.3.0 is the wanted one now');
    assert.deepEqual(
      (await run('releaseList', {})).releases.map((each) => [each.version, each.wanted]),
      [
        ['0.3.0', true],
        ['0.2.0', false],
      ],
    );
    assert.deepEqual(told, ['release', 'release']);
  }));

test('a release that is held goes to no board by itself; one whose publishing failed is not held the next time', () =>
  withBench(async ({ context: { store, dataDir }, run }) => {
    const file = join(dataDir, 'perch-agent');
    const args = { platform: 'linux-x64', version: '0.2.0', file };
    writeFileSync(file, 'no executable');
    await assert.rejects(run('releasePublish', { ...args, hold: true }), { code: 'WRONG_PLATFORM' });
    writeFileSync(file, elfOf('linux-x64', 100_000, '0.2.0'), { mode: 0o755 });
    assert.equal((await run('releasePublish', args)).wanted, true);
    writeFileSync(file, elfOf('linux-x64', 100_001, '0.3.0'), { mode: 0o755 });
    const held = await run('releasePublish', { ...args, version: '0.3.0', hold: true });
    assert.deepEqual([held.published, held.wanted], [true, false]);
    assert.equal((await store.rolloutFacts()).held.length, 1);
  }));

test('keys are shown by what they sign and where they are, and no private key is', () =>
  withBench(async ({ context, run }) => {
    const before = await run('keysShow', {});
    assert.equal(before.root, null);
    assert.equal(before.online, undefined);
    const { token } = await run('enroll', { alias: 'pi-1' });
    const shown = await run('keysShow', {});
    assert.equal(Buffer.from(readToken(token).root, 'base64url').toString('hex'), shown.root);
    assert.deepEqual(
      shown.roles.map(({ role, threshold, keys }) => [role, threshold, keys.map(({ here }) => here)]),
      ['root', 'timestamp', 'snapshot', 'targets'].map((role) => [role, 1, [true]]),
    );
    assert.deepEqual(shown.warnings, []);
    for (const key of await readRoleKeys(tufFolder(context.dataDir))) {
      const secret = key.privateKey.export({ format: 'jwk' }).d!;
      for (const form of [secret, Buffer.from(secret, 'base64url').toString('hex')])
        assert.equal(JSON.stringify(shown).includes(form), false);
    }
  }));

test('a key is exchanged, and the one that counts then is shown', () =>
  withBench(async ({ run }) => {
    await run('enroll', { alias: 'pi-1' });
    const before = await run('keysShow', {});
    const after = await run('keysRotate', { role: 'timestamp' });
    assert.equal(after.done, true);
    assert.notEqual(after.online?.timestamp, before.online?.timestamp);
    assert.equal(after.online?.snapshot, before.online?.snapshot);
    assert.deepEqual(after.roles.find(({ role }) => role === 'timestamp')?.keys, [
      { id: after.id, here: true },
    ]);
  }));

test('records are read as they were stored', () =>
  withBench(async ({ context, run }) => {
    const rows = [recordOf({ number: 2 }), recordOf({ number: 1 })];
    await context.store.addRecords(rows);
    assert.deepEqual(await run('records', { alias: 'greenhouse-1' }), { records: rows });
    assert.deepEqual(await run('records', { alias: 'greenhouse-1', limit: 1 }), { records: [rows[0]] });
  }));

test('unknown commands and wrong arguments from the socket are refused before anything runs', () =>
  withBench(async ({ context }) => {
    const cases: [string, unknown, RegExp][] = [
      ['format', {}, /there is no command "format"/],
      ['toString', {}, /there is no command/],
      ['devices', null, /MALFORMED: devices/],
      ['devices', { all: true }, /MALFORMED: devices\/all/],
      ['enroll', {}, /MALFORMED: enroll\/alias/],
      ['enroll', { alias: 'pi-1', ttl: 1 }, /MALFORMED: enroll\/ttl/],
      ['enroll', { alias: '../x' }, /BAD_ALIAS/],
      ['enroll', { alias: 'pi-1', broker: 'http://x' }, /only mqtt/],
      ['keysRotate', { role: 'mirrors' }, /MALFORMED: keysRotate\/role/],
      ['keysImport', { files: [] }, /MALFORMED: keysImport\/files/],
      ['keysImport', { files: Array(PATHS_LIMIT + 1).fill('x') }, /MALFORMED: keysImport\/files/],
      ['releasePublishSigned', { targets: 'x', files: Array(PATHS_LIMIT + 1).fill('x') }, /MALFORMED.*files/],
      ['releasePublish', { platform: 'linux-x64', version: '1.0.0', file: 'x', mayReplace: 0 }, /mayReplace/],
      ['records', { alias: 'pi-1', limit: 1001 }, /MALFORMED: records\/limit/],
      ['gaps', { alias: 'pi-1', limit: 1001 }, /MALFORMED: gaps\/limit/],
      ['gaps', { alias: 'Pi 1' }, /BAD_ALIAS/],
      ['configSet', { alias: 'Pi 1', text: '{}' }, /BAD_ALIAS/],
    ];
    for (const [name, args, message] of cases)
      await assert.rejects(runCommand(context, TESTER, name, args), { message });
  }));

test('a config that no message could carry to its board is refused, not stored', () =>
  withBench(async ({ context, run }) => {
    const columns = Array.from({ length: 64 }, (_, index) => `c${index}${'x'.repeat(58)}`);
    const sensors = Array.from({ length: 7 }, (_, index) => ({
      id: `s${index}${'y'.repeat(28)}`,
      driver: 'lines',
      bus: 'b',
      format: 'csv',
      columns,
    }));
    const config = {
      period: '10s',
      buses: { b: { type: 'serial', path: '/dev/ttyUSB0', baud: 9600 } },
      sensors,
    };
    const small = JSON.stringify(config);
    assert.equal((await run('configSet', { alias: 'pi-1', text: small })).version, 1);
    const large = small + ' '.repeat(64_000 - small.length);
    await assert.rejects(run('configSet', { alias: 'pi-1', text: large }), /bytes on the wire, the limit is/);
    assert.equal((await context.store.config('pi-1'))?.version, 1);
  }));
