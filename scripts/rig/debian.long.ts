// The life of a board with a real Debian: systemd starts the agent, watches it, and dpkg owns its files. It takes ten
// minutes, and ten more where the card of Debian has to be made first.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { e2eExecutable } from '../build/e2e-executables.ts';
import type { StoredRecord } from '../e2e/house.ts';
import { until } from '../e2e/processes.ts';
import { storyOf } from '../e2e/story.ts';
import { makePackages } from '../package/make-packages.ts';
import { PERCH_GROUPS, PERCH_USER, UNIT } from '../package/payload.ts';
import { DebianBoard, serveArchive } from './debian-board.ts';
import { debianCard, lackingDebian } from './debian-root.ts';
import { FieldBoard, fieldHouse } from './field.ts';
import { BUSES, Greenhouse, SENSORS } from './field-config.ts';

/** Until a record comes, in ms: all of this runs on one emulated processor that others share. */
const RECORD_LIMIT = 240_000;
/** Between two looks at the server, in ms: each is a process that the emulator has to make room for. */
const LOOK_MS = 2_000;
/** Until an agent that hangs is ended, in ms: the unit's WatchdogSec, and slack. */
const WATCHDOG_LIMIT = 180_000 + 60_000;
/** Until a kernel that hangs is reset, in ms: four times the watchdog's seconds, as running.md promises a minute. */
const HANG_LIMIT = 60_000;
/** Most exposure that `systemd-analyze security` may see in the unit, of 10. */
const EXPOSURE_LIMIT = 2.5;

const say = (message: string): void => console.log(`# ${message}`);

test('the life of a board with a real Debian', { timeout: 3_600_000, skip: lackingDebian() }, async (t) => {
  const step = storyOf(t);
  const image = await debianCard(say);
  const house = await fieldHouse(t);
  const alias = 'debian-1';
  const field = await FieldBoard.flash(house, alias, { image });
  t.after(() => field.close());
  const board = new DebianBoard(field);
  const { machine } = field;
  const greenhouse = new Greenhouse(field);
  t.after(() => greenhouse.close());
  field.bridge.plug().catch(() => {});

  const config = { period: '5s', durability: { window: '5s' }, buses: BUSES, sensors: SENSORS };
  const set = await house.command('config', 'set', alias, house.file('config.json', JSON.stringify(config)));
  assert.equal(set.code, 0, set.output);

  /** Waits for a record that is taken from now on. */
  const fresh = async (what: string, fits = (_: StoredRecord): boolean => true): Promise<StoredRecord> => {
    const since = Date.now();
    let found: StoredRecord | undefined;
    await until(
      async () => {
        await sleep(LOOK_MS);
        const records = await house.records(alias);
        found = records.find((record) => record.timestamp > since && fits(record));
        return found !== undefined;
      },
      what,
      RECORD_LIMIT,
      () => machine.console,
    );
    return found!;
  };
  const every = ({ values }: StoredRecord): boolean =>
    ['sys.uptime', 'air.temperature', 'soil.temperature', 'gps.latitude', 'meter.e'].every(
      (item) => values[item] !== undefined,
    );
  const restart = async (): Promise<{ reason: string; count: number } | undefined> =>
    ((await house.device(alias)) as { restart?: { reason: string; count: number } } | undefined)?.restart;
  /** Nothing of the package is other than dpkg put it there, and nothing is left half done. */
  const dpkgIsContent = async (version: string): Promise<void> => {
    const row = await board.output('dpkg --list perch-agent');
    assert.equal(/^ii {2}perch-agent +(\S+)/m.exec(row)?.[1], version, row);
    assert.equal(await board.output('dpkg --verify perch-agent && dpkg --audit'), '');
  };
  let identity = '';

  await step('a flashed card boots to an agent that reports from every bus', async () => {
    await board.start();
    const { values } = await fresh('a record with a value from each bus', every);
    assert.ok(Math.abs((values['gps.latitude'] as number) - greenhouse.gps.place.latitude) < 1e-4);
    identity = (await house.device(alias))!.fingerprint;
  });

  await step('systemd runs it as the user perch, behind its hardening, and hears from it', async () => {
    assert.equal(await board.settled(), 'running');
    assert.equal(await board.output('systemctl --failed --no-legend'), '');
    const { StatusText = '', ...unit } = await board.unit(
      ...['ActiveState', 'SubState', 'Type', 'WatchdogUSec', 'NRestarts', 'UnitFileState', 'StatusText'],
    );
    assert.deepEqual(unit, {
      ActiveState: 'active',
      SubState: 'running',
      Type: 'notify',
      WatchdogUSec: '3min',
      NRestarts: '0',
      UnitFileState: 'enabled',
    });
    assert.match(StatusText, /\d+ records? waits?$/);
    const pid = await board.output('pidof perch-agent');
    const groups = await board.output(`ps -o user=,group=,supgrp= -p ${pid}`);
    assert.deepEqual(
      groups.split(/[\s,]+/).sort(),
      [...PERCH_GROUPS, PERCH_USER, PERCH_USER, PERCH_USER].sort(),
    );
    const status = await board.output(`cat /proc/${pid}/status`);
    assert.match(status, /^CapEff:\s0+$/m);
    assert.match(status, /^NoNewPrivs:\s1$/m);
    const security = await board.output(`systemd-analyze security ${UNIT} --no-pager`);
    assert.ok(Number(/exposure level for .*: ([\d.]+)/.exec(security)?.[1]) <= EXPOSURE_LIMIT, security);
    assert.match(
      await board.output(`journalctl --unit ${UNIT} --output cat`),
      /the server lets this board in/,
    );
  });

  await step('for dpkg the package is installed, and the token is gone', async () => {
    await dpkgIsContent('0.1.0');
    await board.output('test ! -e /var/lib/perch/token');
    assert.equal(
      await board.output('stat -c "%U %a" /var/lib/perch /var/lib/perch/identity.json'),
      'perch 700\nperch 600',
    );
  });

  await step('a release comes over the air and is in force, under the same unit', async () => {
    const { MainPID } = await board.unit('MainPID');
    await house.publish('linux-arm64', '0.1.0');
    await house.publish('linux-arm64', '0.2.0');
    await machine.says('release 0.2.0 is in force', 600_000);
    await fresh('a record of the new release', (record) => record.version === '0.2.0' && every(record));
    assert.deepEqual(await board.unit('MainPID', 'NRestarts'), { MainPID, NRestarts: '0' });
    await dpkgIsContent('0.1.0');
  });

  await step('an agent that hangs is ended, reports again by itself, and the server hears why', async () => {
    const before = (await restart())?.count ?? 1;
    const pid = await board.output('pidof perch-agent');
    await board.output(`kill -STOP ${pid}`);
    await board.untilOtherThan(pid, WATCHDOG_LIMIT);
    await fresh('a record after the hang', every);
    const { reason, count } = (await restart())!;
    assert.deepEqual({ reason, count }, { reason: 'killed', count: before + 1 });
  });

  await step('after systemctl reboot it reports again, and systemd feeds the hardware watchdog', async () => {
    await board.output(
      "mkdir -p /etc/systemd/system.conf.d && printf '[Manager]\\nRuntimeWatchdogSec=15\\nRebootWatchdogSec=5min\\n' >/etc/systemd/system.conf.d/watchdog.conf",
    );
    await board.reboot();
    await fresh('a record after the reboot', every);
    assert.equal((await restart())?.reason, 'stopped');
    assert.equal(
      await board.output('systemctl show --property=RuntimeWatchdogUSec'),
      'RuntimeWatchdogUSec=15s',
    );
    assert.equal(await board.settled(), 'running');
  });

  await step(
    'a kernel that hangs is reset by the hardware watchdog, and the board reports again',
    async () => {
      await board.output('sysctl --quiet --write kernel.panic=0 kernel.sysrq=1');
      machine.run('echo c >/proc/sysrq-trigger').catch(() => {}); // it answers nothing any more
      await board.goneOff(HANG_LIMIT);
      await board.start();
      await fresh('a record after the reset', every);
      assert.equal((await restart())?.reason, 'boot');
    },
  );

  const [deb] = await makePackages({
    platform: 'linux-arm64',
    version: '0.3.0',
    executable: await e2eExecutable('linux-arm64', '0.3.0', say),
    out: join(house.folder, 'packages'),
    fast: true,
  });
  const archive = await serveArchive(t, deb!);

  await step(
    'apt upgrades it: the newer package runs in place of the release, as the same board',
    async () => {
      await board.apt(archive, 'install', 'perch-agent');
      await dpkgIsContent('0.3.0');
      await fresh('a record of the package', (record) => record.version === '0.3.0' && every(record));
      assert.equal((await house.device(alias))?.fingerprint, identity);
    },
  );

  await step('removed it keeps its state, and installed again it is the same board', async () => {
    await board.apt(archive, 'remove', 'perch-agent');
    assert.equal((await machine.run('pidof perch-agent')).output, '');
    await board.output('test ! -e /usr/bin/perch-agent && test -s /var/lib/perch/identity.json');
    await board.apt(archive, 'install', 'perch-agent');
    await fresh('a record after the second installation', every);
    assert.equal((await house.device(alias))?.fingerprint, identity);
  });

  await step('purged it leaves nothing that runs, no state, and nothing failed', async () => {
    await board.apt(archive, 'purge', 'perch-agent');
    assert.equal((await machine.run('pidof perch-agent')).output, '');
    await board.output(
      'test ! -e /var/lib/perch && test ! -e /etc/systemd/system/multi-user.target.wants/perch-agent.service',
    );
    assert.equal(await board.output('dpkg --audit && systemctl --failed --no-legend'), '');
    assert.equal(await board.settled(), 'running');
  });
});
