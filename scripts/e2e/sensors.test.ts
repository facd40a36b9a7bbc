import assert from 'node:assert/strict';
import { rmSync, symlinkSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { ModbusSlave } from '../../agent/src/sensors/testing/modbus-slave.ts';
import { Pty } from '../../agent/src/sensors/testing/pty.ts';
import { embeddedBroker, houseWithBoard } from './house.ts';

/** A meter on a terminal: 230.5 V as a float with its low word first, and an energy counter. */
async function meter(t: TestContext): Promise<{ pty: Pty; slave: ModbusSlave }> {
  const pty = await Pty.open();
  t.after(() => pty.unplug());
  const slave = new ModbusSlave(pty);
  // 230.5 is 0x43668000 (IEEE 754 binary32).
  slave.units.set(1, { holding: { 0: 0x8000, 1: 0x4366 }, input: { 10: 7 } });
  return { pty, slave };
}

test('a running board is taught a meter that it never saw, and keeps it through a change and a pulled plug', {
  timeout: 300_000,
}, async (t) => {
  const { house, board } = await houseWithBoard(
    t,
    await embeddedBroker(),
    JSON.stringify({ period: '500ms', sensors: [{ id: 'sys', driver: 'sysfs', proc: ['uptime'] }] }),
  );
  const device = `/dev/perch-meter-${process.pid}`;
  const plug = async () => {
    const { pty, slave } = await meter(t);
    rmSync(device, { force: true });
    symlinkSync(pty.path, device);
    return { pty, slave };
  };
  t.after(() => rmSync(device, { force: true }));
  const { pty, slave } = await plug();

  const taught = {
    period: '500ms',
    buses: { rs485: { type: 'serial', path: device, baud: 115200, parity: 'even' } },
    sensors: [
      {
        id: 'meter',
        driver: 'modbus',
        bus: 'rs485',
        unit: 1,
        every: '100ms',
        fields: [
          { fn: 3, address: 0, type: 'f32', order: 'CDAB', key: 'v', unit: 'V', range: [0, 400] },
          { fn: 4, address: 10, key: 'n', filters: [{ deadband: 0 }], aggregate: ['last', 'count'] },
        ],
      },
    ],
  };
  const set = (config: object) =>
    house.command('config', 'set', board.alias, house.file('taught.json', JSON.stringify(config)));

  const wrong = structuredClone(taught);
  wrong.sensors[0]!.fields[0]!.order = 'DCAB';
  const refused = await set(wrong);
  assert.notEqual(refused.code, 0);
  assert.match(refused.output, /\/sensors\/0\/fields\/0\/order/);

  const told = await set(taught);
  assert.equal(told.code, 0, told.output);
  const first = await house.untilRecord(
    board.alias,
    ({ values }) => values['meter.v'] === 230.5 && values['meter.n_last'] === 7,
    'the voltage and the counter',
  );
  // The counter stands still, so a deadband leaves it out; its readings are not counted again either. An answer that
  // came late is a gap, after which the deadband speaks once more: so one of the next records, not the very next.
  const still = await house.untilRecord(
    board.alias,
    ({ timestamp, values }) =>
      timestamp > first.timestamp && values['meter.v'] === 230.5 && values['meter.n_count'] === 0,
    'a record in which the counter stands still',
  );
  assert.equal(still.values['meter.n_last'], undefined);
  slave.units.get(1)!.input![10] = 9;
  await house.untilRecord(
    board.alias,
    ({ values }) => values['meter.n_last'] === 9,
    'the step of the counter',
  );

  const counters = async () => {
    const { sensors } = (await board.status()) as {
      sensors: { id: string; counters: { opens: number; failures: number } }[];
    };
    return sensors.find(({ id }) => id === 'meter')!.counters;
  };
  const before = await counters();
  const more = { ...taught, sensors: [...taught.sensors, { id: 'sys', driver: 'sysfs', proc: ['load'] }] };
  assert.equal((await set(more)).code, 0);
  await house.untilRecord(
    board.alias,
    ({ values }) => values['sys.load1'] !== undefined && values['meter.v'] === 230.5,
    'both sensors',
  );
  // This process plays the meter: where it waits for a processor, late answers may be what opened the line again.
  const after = await counters();
  if (after.failures === before.failures)
    assert.equal(after.opens, before.opens, 'the meter was not opened anew');

  await pty.unplug();
  const gone = await house.untilRecord(
    board.alias,
    ({ errors }) => errors['meter.v'] === 'unplugged',
    'the reason why there is no voltage',
  );
  assert.equal(gone.values['meter.v'], undefined, 'no stale number');
  await plug();
  await house.untilRecord(
    board.alias,
    ({ timestamp, values }) => timestamp > gone.timestamp && values['meter.v'] === 230.5,
    'the voltage again',
  );
});
