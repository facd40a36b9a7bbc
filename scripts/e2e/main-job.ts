import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { databasePath, openSqliteStore } from '../../server/src/store/sqlite.ts';
import { e2eExecutable } from '../build/e2e-executables.ts';
import type { BuildPlatform } from '../build/targets.ts';
import { lacking, lackingFor } from '../test/programs.ts';
import { type Broker, House } from './house.ts';
import { until } from './processes.ts';
import { storyOf } from './story.ts';

const config = (
  period: string,
  sensors: object[] = [{ id: 'sys', driver: 'sysfs', proc: ['load', 'uptime'] }],
): string => JSON.stringify({ period, sensors });

/**
 * Every row of protocol-rounds.md, which one end or both must have run in the story. Hello 2b and Monitor Record 2c are
 * round 1 of Not Whitelisted.
 */
const ROUNDS = [
  'Hello 1 Hello Server',
  'Hello 2 Hello Client',
  'Hello 2a Version Mismatch',
  'Hello 2b Not Whitelisted',
  'Hello 3 Terminate',
  'Version Mismatch 1',
  'Version Mismatch 2 Terminate',
  'Monitor Record 1',
  'Monitor Record 2 OK',
  'Monitor Record 2a Version Mismatch',
  'Monitor Record 2b Reconfigure',
  'Monitor Record 2c Not Whitelisted',
  'Monitor Record 3 Terminate',
  'Reconfigure 1',
  'Reconfigure 2 Terminate',
  'Not Whitelisted 2 Terminate',
];

/**
 * The main job, told once for each broker and platform: an unknown board is refused and let in, reports, is
 * reconfigured, refuses a bad config, is updated, and is revoked. Real broker, real server, real executable.
 */
export function mainJob(broker: () => Promise<Broker>, platform: BuildPlatform, name: string): void {
  const skip =
    lackingFor(platform) || (name.startsWith('Mosquitto') ? lacking('mosquitto', 'openssl') : false);
  test(`the main job: ${name}, ${platform}`, { timeout: 600_000, skip }, async (t) => {
    const house = new House(await broker());
    const seen = new Set<string>();
    /** Notes which rounds both ends have run so far: each forgets them when it starts anew. */
    const note = async (): Promise<void> => {
      const { rounds } = (await board.status()) as { rounds?: Record<string, number> };
      for (const round of [...Object.keys(await house.rounds()), ...Object.keys(rounds ?? {})])
        seen.add(round);
    };
    const step = storyOf(t, note);
    t.after(() => house.close());
    await house.open();
    const board = house.board('greenhouse-1', platform);
    const alias = board.alias;

    await step('an unknown board gets Not Whitelisted, shows up with its fingerprint and waits', async () => {
      await house.command('config', 'set', alias, house.file('1.json', config('1s')));
      await board.enrol({ secret: false });
      await board.start();
      await board.says('not whitelisted');
      const pending = await house.device(alias);
      assert.equal(pending?.status, 'pending');
      assert.equal(pending.platform, platform);
      assert.match(pending.fingerprint, /^[0-9a-f]{4}(-[0-9a-f]{4}){3}$/);
      assert.deepEqual(await house.records(alias), [], 'nothing of it is stored');
    });

    await step('approved, it is let in without waiting for its back-off, and reports', async () => {
      const { code } = await house.command('approve', alias);
      assert.equal(code, 0);
      // The back-off is 5 to 10 s at the least: this comes from the wake-up alone.
      await board.says('the server lets this board in', 4_000 * (platform === 'linux-arm64' ? 2 : 1));
      const record = await house.untilRecord(alias, () => true, 'the first record');
      assert.equal(record.per, 1000);
      assert.equal(record.configVersion, 1);
      assert.equal(record.version, '0.1.0');
      assert.equal(record.synchronised, true);
      assert.ok(Math.abs(record.timestamp - Date.now()) < 60_000);
      assert.equal(typeof record.values['sys.load1'], 'number');
      assert.ok((record.values['sys.uptime'] as number) > 0);
    });

    await step('config set reaches it while it is connected, without a restart', async () => {
      const before = board.pid;
      const set = await house.command('config', 'set', alias, house.file('2.json', config('500ms')));
      assert.equal(set.code, 0, set.output);
      await board.says('config 2 is in force', 3_000 * (platform === 'linux-arm64' ? 2 : 1));
      const record = await house.untilRecord(
        alias,
        (one) => one.configVersion === 2,
        'a record under config 2',
      );
      assert.equal(record.per, 500);
      assert.equal(board.pid, before);
      assert.equal((await house.device(alias))?.configVersion, 2);
    });

    await step('an invalid config is refused by config set, with the place of the fault', async () => {
      const bad = house.file('bad.json', JSON.stringify({ period: 'soon', sensors: [] }));
      const { code, output } = await house.command('config', 'set', alias, bad);
      assert.equal(code, 1);
      assert.match(output, /\/period/);
      const noJson = await house.command('config', 'set', alias, house.file('no.json', '{"period": '));
      assert.equal(noJson.code, 1);
      assert.equal((await house.device(alias))?.configVersion, 2);
    });

    await step('changed while its link is cut, the config comes in reply to its next record', async () => {
      house.wire.cut();
      await board.says(/not connected/);
      await house.command('config', 'set', alias, house.file('3.json', config('1s')));
      house.wire.mend();
      await board.says('config 3 is in force');
      await note();
      assert.ok(seen.has('Monitor Record 2b Reconfigure'), [...seen].join());
    });

    await step('the server starts anew from its disk: the board says Hello again by itself', async () => {
      await house.server.end();
      await house.startServer();
      await house.untilFresh(alias, 'a record after the restart');
    });

    await step(
      'a config that slips through is refused by the board, which stays on the old one and says why',
      async () => {
        await note();
        await house.server.end();
        const store = await openSqliteStore(databasePath(house.data));
        const text = '{"period":"1s","sensors":[{"id":"x","driver":"nonsense"}]}';
        const layer = { kind: 'board', name: alias } as const;
        const { version } = (await store.layer(layer))!;
        await store.setLayer({ ...layer, text, created: Date.now(), actor: 'local:test' }, version);
        await store.addConfig(alias, text, [], Date.now());
        await store.close();
        await house.startServer();
        await board.says('config 4 is refused');
        await until(
          async () => (await house.device(alias))?.refused?.version === 4,
          'the refusal at the server',
        );
        const device = await house.device(alias);
        assert.match(device!.refused!.text, /\/sensors\/0\/driver/);
        assert.equal(device!.configVersion, 3);
        const since = Date.now();
        await house.untilRecord(
          alias,
          (one) => one.timestamp > since && one.configVersion === 3,
          'a record under config 3',
        );
        await house.command(
          'config',
          'set',
          alias,
          house.file(
            '5.json',
            config('1s', [{ id: 'sys', driver: 'sysfs', proc: ['load', 'memory', 'disk', 'uptime'] }]),
          ),
        );
        await board.says('config 5 is in force');
        assert.equal((await house.device(alias))?.refused, undefined, 'a good config clears the refusal');
      },
    );

    await step('killed and started again, it goes on with its last good config', async () => {
      await board.stop('SIGKILL');
      const killed = Date.now();
      await board.start();
      await house.untilFresh(alias, 'a record after the kill');
      const rows = await house.records(alias);
      assert.ok(rows.filter((one) => one.timestamp > killed).every((one) => one.configVersion === 5));
      assert.equal(new Set(rows.map((one) => one.stream)).size, 1, 'the numbers go on');
      const numbers = rows.map((one) => one.number).sort((a, b) => a - b);
      assert.deepEqual(
        numbers,
        numbers.map((_, index) => index + 1),
        'the kill took no record',
      );
    });

    await step('a release for another platform, and a file that is no executable, are refused', async () => {
      const other: BuildPlatform = platform === 'linux-x64' ? 'linux-arm64' : 'linux-x64';
      const wrong = await e2eExecutable(other, '0.2.0');
      const refused = await house.command(
        'release',
        'publish',
        '--platform',
        platform,
        '--version',
        '0.2.0',
        wrong,
      );
      assert.equal(refused.code, 1);
      assert.match(refused.output, /arm64|x64|aarch64|x86/i);
      const text = house.file('text', 'not an executable');
      assert.equal(
        (await house.command('release', 'publish', '--platform', platform, '--version', '0.2.0', text)).code,
        1,
      );
    });

    const late = house.board('greenhouse-2', platform);
    await step('a second board reports, and is switched off for a while', async () => {
      await late.enrol();
      await late.start();
      await house.untilRecord(late.alias, () => true, 'a record of the second board');
      assert.equal(await late.stop(), 0);
    });

    await step(
      'a release published while its link is cut comes in reply to its next record, in frames that survive cuts',
      async () => {
        house.wire.cut();
        await house.publish(platform, '0.2.0');
        const sent = house.wire.bytesToBoard;
        house.wire.cutAfter = sent + 8 * 1024 * 1024;
        house.wire.mend();
        await board.says('fetching release 0.2.0');
        await until(
          () => !house.wire.whole,
          'the wire to break in the middle',
          120_000,
          () => board.output,
        );
        await note(); // soon the board starts anew and forgets
        house.wire.mend();
        await board.says('is installed; starting it', 300_000);
        await house.untilRecord(alias, (one) => one.version === '0.2.0', 'a record of 0.2.0');
        // About a third of the executable travels, once: what came before the cut is not sent again.
        const object = fullForm(house, '0.2.0');
        const travelled = house.wire.bytesToBoard - sent;
        assert.ok(travelled < object * 1.1, `${travelled} bytes for an object of ${object}`);
        await until(
          async () => (await house.device(alias))?.version === '0.2.0',
          'the new version at the server',
        );
        await note();
        assert.ok(seen.has('Monitor Record 2a Version Mismatch'), [...seen].join());
      },
    );

    await step('the next release costs kilobytes, as the server knows what the board runs', async () => {
      await until(
        async () => (await house.device(alias))?.update?.state !== 'fetching',
        'the end of the update before',
      );
      const sent = house.wire.bytesToBoard;
      await house.publish(platform, '0.3.0');
      await house.untilRecord(alias, (one) => one.version === '0.3.0', 'a record of 0.3.0');
      const travelled = house.wire.bytesToBoard - sent;
      assert.ok(travelled < 32 * 1024, `${travelled} bytes, with all records, metadata and two Hellos`);
    });

    await step('revoked, it is refused at its next record, of which nothing is stored', async () => {
      const { code } = await house.command('revoke', alias);
      assert.equal(code, 0);
      const { length } = await house.records(alias);
      await board.says(/not whitelisted/);
      assert.equal((await house.records(alias)).length, length);
      await note();
    });

    await step('a board that comes back with an old version is told at Hello', async () => {
      await late.start();
      await late.says('is installed; starting it', 300_000);
      await house.untilRecord(late.alias, (one) => one.version === '0.3.0', 'a record of the second board');
      await note();
      assert.equal(await late.stop(), 0);
    });

    for (const round of ROUNDS) assert.ok(seen.has(round), `${round} was run: ${[...seen].join()}`);
  });
}

/** Bytes of what carries a release to a board that runs something that the server does not know. */
function fullForm(house: House, version: string): number {
  const db = new DatabaseSync(databasePath(house.data), { readOnly: true });
  try {
    const row = db
      .prepare(
        `SELECT objects.length FROM objects JOIN releases ON releases.sha256 = target_sha256
         WHERE base_sha256 = '' AND version = ?`,
      )
      .get(version);
    return Number(row?.length);
  } finally {
    db.close();
  }
}
