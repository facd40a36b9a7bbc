// The life of a board in the field, on a whole emulated one: real kernel, real agent, real broker and server.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { compilerOf } from '../build/compile-addon.ts';
import { targetOf } from '../build/targets.ts';
import type { StoredRecord } from '../e2e/house.ts';
import { until } from '../e2e/processes.ts';
import { storyOf } from '../e2e/story.ts';
import { lacking } from '../test/programs.ts';
import { FieldBoard, fieldHouse } from './field.ts';
import { BUSES, Greenhouse, METER_SENSOR, SENSORS, SYSTEM } from './field-config.ts';
import { foreignSystem, RIG_PROGRAMS } from './programs.ts';

/** Slack between the host's time and that of a record by the same second, in ms. */
const SLACK_MS = 2_500;

/** A release that says its version and can do nothing else. The server looks for the version in quotes. */
const BAD_RELEASE = `
#include <stdio.h>
#include <string.h>
static const volatile char version[] = "\\"0.3.0\\"";
int main(int count, char **words) {
  if (count < 2 || strcmp(words[1], "--version") != 0) return 1;
  for (int at = 1; version[at] != '"'; at++) putchar(version[at]);
  putchar('\\n');
  return 0;
}
`;

test('the life of a board in the field', {
  timeout: 600_000,
  skip: foreignSystem() || lacking(...RIG_PROGRAMS),
}, async (t) => {
  const step = storyOf(t);
  const house = await fieldHouse(t);
  const alias = 'greenhouse-1';
  const board = await FieldBoard.flash(house, alias, { secret: false, clock: '2001-01-01T00:00:00' });
  t.after(() => board.close());
  const greenhouse = new Greenhouse(board);
  t.after(() => greenhouse.close());
  const { machine, bridge } = board;
  // What the board runs is published while it starts: the patch for it is made on that.
  const published = house.publish('linux-arm64', '0.1.0');
  published.catch(() => {});
  const plugged = bridge.plug();
  plugged.catch(() => {});

  let configs = 0;
  const configure = async (sensors: object[]): Promise<void> => {
    configs += 1;
    const config = { period: '1s', durability: { window: '1s' }, buses: BUSES, sensors };
    const set = await house.command(
      'config',
      'set',
      alias,
      house.file('config.json', JSON.stringify(config)),
    );
    assert.equal(set.code, 0, set.output);
  };
  const since = (fits: (record: StoredRecord) => boolean, what: string) => {
    const now = Date.now();
    return house.untilRecord(alias, (record) => record.timestamp > now && fits(record), what);
  };
  /** The meter's counter says when a record was taken, whatever the board's clock said. */
  const takenRight = (records: StoredRecord[]): void => {
    for (const { timestamp, values } of records) {
      if (values['meter.e'] === undefined) continue;
      const at = greenhouse.meterBegan + (values['meter.e'] as number) * 1e3;
      assert.ok(Math.abs(timestamp - at) < SLACK_MS, `${timestamp - at} ms off`);
    }
  };
  const inOrder = async (): Promise<StoredRecord[]> => {
    const records = await house.records(alias);
    const numbers = records.map(({ number }) => number);
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => a - b),
      'the order of times is that of numbers',
    );
    assert.equal(new Set(records.map(({ timestamp }) => timestamp)).size, records.length, 'none twice');
    return records;
  };

  /** What came since then, with no number left out. */
  const complete = (before: StoredRecord[], after: StoredRecord[]): StoredRecord[] => {
    const records = after.slice(before.length - 1);
    const numbers = records.map(({ number }) => number);
    assert.deepEqual(
      numbers,
      Array.from(numbers, (_, index) => numbers[0]! + index),
    );
    return records;
  };
  const waiting = async (): Promise<number> =>
    ((await board.status()) as { outbox: { waiting: number } }).outbox.waiting;
  /** Waits for a record that is taken now, and for all before it. */
  const drained = async (): Promise<void> => {
    await since(() => true, 'a record after the outage');
    await until(async () => (await waiting()) < 3, 'the backlog to drain');
  };

  await step(
    'a flashed card starts where the broker is out of reach: it says so and goes on trying',
    async () => {
      await configure([SYSTEM, METER_SENSOR]);
      house.wire.cut();
      await board.start();
      await machine.says(`enrolled as ${alias} with the card's token`);
      await machine.says(/not connected to mqtt:/);
      const { link, phase } = await board.status();
      assert.match(String(link), /ECONN|closed|refused|reset/i);
      assert.equal(phase, 'offline');
      house.wire.mend();
    },
  );

  await step('once it reaches the server it waits, is approved, and reports', async () => {
    await machine.says('not whitelisted');
    assert.equal((await house.device(alias))?.status, 'pending');
    assert.deepEqual(await house.records(alias), []);
    assert.equal((await house.command('approve', alias)).code, 0);
    await machine.says('the server lets this board in');
    const record = await house.untilRecord(
      alias,
      ({ values }) => values['meter.e'] !== undefined,
      'a reading',
    );
    assert.equal(record.synchronised, true, 'with the time of the server, as its own clock says 2001');
    assert.match(await machine.output('date +%Y'), /^2001/);
    takenRight([record]);
  });

  await step(
    'a config that adds every bus is on it within a moment, and all values are the true ones',
    async () => {
      await plugged;
      await configure(SENSORS);
      await machine.says(`config ${configs} is in force`);
      const { values } = await house.untilRecord(
        alias,
        (one) =>
          ['air.temperature', 'leaf.humidity', 'soil.temperature', 'gps.latitude', 'meter.e'].every(
            (item) => one.values[item] !== undefined,
          ),
        'a value from each bus',
      );
      for (const [name, chip] of [
        ['air', greenhouse.air],
        ['leaf', greenhouse.leaf],
        ['soil', greenhouse.soil],
      ] as const)
        for (const [key, truth] of Object.entries(chip.truth))
          assert.ok(
            Math.abs((values[`${name}.${key}`] as number) - (truth as number)) <
              1e-3 * Math.abs(truth as number),
            `${name}.${key}`,
          );
      assert.ok(Math.abs((values['gps.latitude'] as number) - greenhouse.gps.place.latitude) < 1e-4);
      greenhouse.soil.chip.measures(20 * 128);
      await since((record) => record.values['soil.temperature'] === 20, 'what the soil is now');
    },
  );

  await step('a release comes over the air, and a reboot in its trial does it no harm', async () => {
    await published;
    await house.publish('linux-arm64', '0.2.0');
    await machine.says('release 0.2.0 is installed', 180_000);
    await since(({ version }) => version === '0.2.0', 'a record of the new release');
    await board.reboot();
    await machine.says('the server lets this board in');
    await since(({ version }) => version === '0.2.0', 'a record after the reboot');
  });

  await step('what is pulled out says why it gives nothing, and gives again when it is back', async () => {
    await bridge.plug();
    await since(({ values }) => values['air.temperature'] !== undefined, 'the air after the reboot');
    const gone = bridge.unplug();
    await board.usb.unplug();
    const without = await since(
      ({ errors }) => errors['air.temperature'] !== undefined && errors['meter.e'] !== undefined,
      'the reasons',
    );
    assert.equal(without.errors['meter.e'], 'unplugged');
    assert.match(without.errors['air.temperature']!, /^(unplugged|nak|timeout|busy)$/);
    assert.notEqual(without.values['gps.latitude'], undefined, 'the other buses go on');
    await gone;
    await bridge.plug();
    await board.usb.plug();
    await since(
      ({ values }) => values['air.temperature'] !== undefined && values['meter.e'] !== undefined,
      'both again',
    );
  });

  await step('a stuck I2C bus stops its own sensors alone, and they come back', async () => {
    bridge.stuck = true;
    const stuck = await since(({ errors }) => errors['leaf.humidity'] !== undefined, 'a reason');
    assert.notEqual(stuck.values['meter.e'], undefined);
    bridge.stuck = false;
    await since(({ values }) => values['leaf.humidity'] !== undefined, 'the leaf again');
  });

  await step(
    'without network, and then without broker, records wait, and none is missing afterwards',
    async () => {
      const before = await inOrder();
      await machine.network(false);
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      await house.broker.stop('SIGTERM');
      await machine.network(true);
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      await house.broker.start();
      await drained();
      const records = complete(before, await inOrder());
      assert.ok(records.length >= 10);
      takenRight(records);
    },
  );

  await step('a full disk costs no record, as long as the board runs', async () => {
    house.wire.cut();
    const before = await inOrder();
    const free = Number(await machine.output("df -k /var/lib | awk 'END { print $4 }'"));
    await machine.output(`fallocate -l ${free - 1024}K /var/lib/filling`);
    await machine.run('dd if=/dev/zero of=/var/lib/rest bs=4k');
    await machine.says(/records are kept in memory until the disk takes them/);
    assert.equal(((await board.status()) as { outbox: { disk: string } }).outbox.disk, 'full');
    house.wire.mend();
    await drained();
    await machine.output('rm /var/lib/filling /var/lib/rest && sync');
    takenRight(complete(before, await inOrder()));
  });

  await step('the release that proved itself is in force', () =>
    machine.says('release 0.2.0 is in force', 180_000),
  );

  await step('records of a start without network and with a wrong clock get their true times', async () => {
    house.wire.cut();
    await board.reboot();
    await machine.says(/not connected to/);
    await until(async () => (await waiting()) >= 4, 'records that wait');
    const from = Date.now();
    house.wire.mend();
    await drained();
    const records = await inOrder();
    assert.ok(records.every(({ synchronised }) => synchronised));
    assert.ok(records.filter(({ timestamp }) => timestamp < from && timestamp > from - 15_000).length >= 4);
    takenRight(records);
  });

  await step('a release that does not start is taken back, and the board says so', async () => {
    const bad = join(house.folder, 'bad-agent');
    const source = house.file('bad.c', BAD_RELEASE);
    execFileSync(compilerOf(targetOf('linux-arm64')).program, [
      '-x',
      'c',
      '-static',
      '-s',
      '-o',
      bad,
      source,
    ]);
    const args = ['--platform', 'linux-arm64', '--version', '0.3.0', bad];
    const { code, output } = await house.command('release', 'publish', ...args);
    assert.equal(code, 0, output);
    await machine.says(/rolled back: 0\.3\.0/, 180_000);
    await since(({ version }) => version === '0.2.0', 'a record of the release before');
    await until(
      async () => (await house.device(alias))?.update?.state === 'failed',
      'the reason at the server',
    );
    takenRight(await inOrder());
    assert.deepEqual((await house.json<{ gaps: unknown[] }>('gaps', alias)).gaps, []);
  });
});
