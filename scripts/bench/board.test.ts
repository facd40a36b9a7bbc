import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '@perch/broker-bridge/config/parse.ts';
import { messageValues, recordValues } from './board-arrivals.ts';
import { CONTENDERS, type Contender, type ContenderName } from './board-contender.ts';
import { busiest, shareOfTurns } from './board-host.ts';
import { flowOf } from './board-node-red.ts';
import type { Measured } from './board-run.ts';
import { hwmonConfig, i2cConfig, SENSORS_SCRIPT, THERMOMETERS } from './board-sensors.ts';
import { findingsOf, ratioText } from './board-table.ts';
import { boardUsage, startedBy, usedBetween } from './board-usage.ts';

/** A line of /proc/PID/stat: utime, stime, cutime and cstime are fields 14 to 17. */
const stat = (pid: number, name: string, parent: number, ticks: number[]): string =>
  `${pid} (${name}) S ${parent} 1 1 0 -1 4194560 9 9 9 9 ${ticks.join(' ')} 20 0 1 0 77 1000 250 18446744073709551615`;
const memory = (resident: number, anonymous: number): string =>
  `Name:\tx\nVmHWM:\t  999999 kB\nVmRSS:\t   ${resident} kB\nRssAnon:\t    ${anonymous} kB\nRssFile:\t 1 kB`;

const look = (uptime: string, sectors: number, processes: string[]): string =>
  [
    `${uptime} 3.10`,
    `     120       4    9000      77     300       5    ${sectors}      90        0      80     200`,
    ...processes,
    '',
  ].join('\n');

const BEFORE = look('60.00', 1000, [
  stat(1, 'init', 0, [5, 5, 500, 500]),
  memory(900, 90),
  stat(2, 'kthreadd', 0, [0, 0, 0, 0]),
  stat(40, 'agent', 1, [1, 1, 7, 7]),
  memory(800, 80),
  stat(41, 'perch-launcher', 40, [1, 1, 2, 2]),
  memory(700, 70),
  stat(42, 'node) S (x', 41, [300, 100, 0, 0]),
  memory(50_000, 20_000),
  stat(50, 'sh', 1, [900, 900, 0, 0]),
  memory(600, 60),
  // Another that is called so, and not of init.
  stat(60, 'agent', 50, [1, 1, 0, 0]),
  stat(61, 'sh', 60, [1, 1, 0, 0]),
]);
const AFTER = look('160.00', 3000, [
  stat(40, 'agent', 1, [1, 1, 7, 7]),
  memory(800, 80),
  stat(41, 'perch-launcher', 40, [1, 1, 12, 2]),
  memory(700, 70),
  stat(42, 'node) S (x', 41, [900, 200, 0, 0]),
  memory(60_000, 30_000),
  stat(50, 'sh', 1, [9000, 9000, 0, 0]),
  memory(600, 60),
]);

test('what the board says of itself is read, whatever a program is called', () => {
  const { uptime, written, processes } = boardUsage(BEFORE);
  assert.equal(uptime, 60);
  assert.equal(written, 1000 * 512);
  assert.deepEqual(processes[4], {
    pid: 42,
    parent: 41,
    name: 'node) S (x',
    ticks: 400,
    resident: 50_000 * 1024,
    anonymous: 20_000 * 1024,
  });
  assert.equal(processes[1]!.resident, 0, 'a thread of the kernel has no memory of its own');
  assert.throws(() => boardUsage('cat: /proc/uptime: No such file'), /how long it is up/);
  assert.throws(() => boardUsage(''), /how long it is up/);
});

test('a contender is all that init has started for it, and nothing else', () => {
  const { processes } = boardUsage(BEFORE);
  assert.deepEqual(
    startedBy(processes.toReversed(), 'agent')
      .map(({ pid }) => pid)
      .sort(),
    [41, 42],
  );
  assert.deepEqual(startedBy(processes, 'collectd'), []);
});

test('memory is that of the end, processor time and writes are those of the time between', () => {
  const used = usedBetween(boardUsage(BEFORE), boardUsage(AFTER), 'agent');
  assert.equal(used.resident, 60_700 * 1024);
  assert.equal(used.anonymous, 30_070 * 1024);
  assert.equal(used.share, 7.1 / 100, '7 s of the program, 0.1 s of a child of the launcher, in 100 s');
  assert.equal(used.written, 2000 * 512 * 36);
});

test('a contender that has ended, or was started anew, gives no figures', () => {
  const [before, after] = [boardUsage(BEFORE), boardUsage(AFTER)];
  assert.throws(() => usedBetween(before, after, 'collectd'), /nothing of collectd runs/);
  const processes = after.processes.map((one) => (one.pid === 42 ? { ...one, pid: 142 } : one));
  assert.throws(() => usedBetween(before, { ...after, processes }, 'agent'), /^Error: node.* has ended/);
});

test('time that the emulated processor waited for that of the machine is told from time that it ran', () => {
  const before = busiest(['500000000 9000000000 3\n', '2000000000 1000000000 7\n', '0 0 0\n']);
  assert.deepEqual(before, { ran: 2, waited: 1 });
  assert.equal(shareOfTurns(before, { ran: 5, waited: 10 }), 0.25);
  assert.equal(shareOfTurns(before, { ran: 5, waited: 1 }), 1);
  assert.equal(shareOfTurns(before, before), 1, 'it did nothing');
});

test('values are counted in records, in JSON and in lines of collectd', () => {
  const row = JSON.stringify({ alias: 'perch', timestamp: 1000, values: { a: 1, b: 2 } });
  assert.equal(recordValues(row, 'perch', 1000), 2);
  assert.equal(recordValues(row, 'perch', 1001), 0, 'taken before the board started');
  assert.equal(recordValues(row, 'other', 0), 0);
  assert.equal(recordValues('connected to the broker', 'perch', 0), 0);
  assert.equal(messageValues('{"t0":25,"t1":21.5}'), 2);
  assert.equal(messageValues('1790000000.123:25.0'), 1);
});

test('all contenders read the same ten thermometers', () => {
  const addresses = THERMOMETERS.map(({ address }) => address);
  assert.equal(new Set(addresses).size, 10);
  for (const config of [i2cConfig(), hwmonConfig()]) {
    const parsed = parseConfig(JSON.stringify(config));
    assert.ok(parsed.ok, JSON.stringify(parsed));
    assert.equal(parsed.config.sensors?.length, 10);
  }
  for (const address of addresses) assert.match(SENSORS_SCRIPT, new RegExp(` 0x${address.toString(16)} >`));
  const flow = flowOf({ host: '10.0.2.2', port: 1883 }) as { id: string; wires?: string[][] }[];
  const ids = new Set(flow.map(({ id }) => id));
  for (const id of flow.flatMap(({ wires = [] }) => wires.flat())) assert.ok(ids.has(id), id);
});

const MIB = 1024 * 1024;
const measured = (name: ContenderName, times: number): Measured => ({
  contender: {
    name,
    title: name,
    sizes: {
      executable: 1e6 * times,
      installed: 2e6 * times,
      package: 1e6 * times,
      update: 1e6 * times ** 3,
    },
  } as Contender,
  firstBoot: 9 * times,
  boot: 8 * times,
  rate: 10,
  turns: 0.5,
  resident: 64 * MIB * times,
  anonymous: 16 * MIB * times,
  share: 0.05 * times,
  written: times === 1 ? 36_000 : 0,
});

test('the tables have the ratio to each of the others, of the agent that reads what they read', () => {
  const all = CONTENDERS.map((name, index) => measured(name, [1, 1, 0.5, 4][index]!));
  const { figures, text } = findingsOf(all);
  const figure = (name: string) => figures.find((one) => one.name === name);
  assert.equal(figure('perch.resident')!.value, 64);
  assert.equal(figure('perch.cpu')!.value, 5);
  assert.equal(figure('perch.written')!.unit, 'B/h');
  assert.deepEqual(figure('perch-hwmon.anonymous.to-node-red'), {
    name: 'perch-hwmon.anonymous.to-node-red',
    value: 0.25,
    unit: 'ratio',
    ratioTo: 'node-red.anonymous',
  });
  assert.equal(figure('perch-hwmon.rate.to-collectd'), undefined);
  assert.equal(new Set(figures.map(({ name }) => name)).size, figures.length);
  for (const { ratioTo } of figures) if (ratioTo !== undefined) assert.ok(figure(ratioTo), ratioTo);
  assert.match(text, /collectd +4\.50 +2 +4 +2 +32 +2 +8 +2 +2\.50 +2 +0 +- +10/);
  assert.match(text, /node-red +4 +0\.25 +8 +0\.25 +4 +0\.25 +64000 +0\.02/);
});

test('without an agent there are no ratios, and a very small one is a fraction', () => {
  const { figures } = findingsOf([measured('collectd', 1)]);
  assert.ok(figures.every(({ unit }) => unit !== 'ratio'));
  assert.equal(ratioText(0.00018), '1/5556');
  assert.equal(ratioText(0.25), '0.25');
  assert.equal(ratioText(0), '0');
  assert.equal(ratioText(Number.POSITIVE_INFINITY), '-');
});
