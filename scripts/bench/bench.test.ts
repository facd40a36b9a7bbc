import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../build/paths.ts';
import { until } from '../e2e/processes.ts';
import { lacking } from '../test/programs.ts';
import { whyNoLoopDisk } from './loop-disk.ts';
import type { Figure, Machine } from './report.ts';

interface Output {
  name: string;
  machine: Machine;
  figures: Figure[];
}

/** The files behind the loop devices that are in use. */
const loopDevices = (): string[] =>
  readdirSync('/sys/block').flatMap((name) => {
    try {
      return readFileSync(`/sys/block/${name}/loop/backing_file`, 'utf8');
    } catch {
      return []; // no loop device, or not in use
    }
  });

async function withoutLoopDisk(): Promise<string | false> {
  const folder = await mkdtemp(join(tmpdir(), 'perch-bench-test-'));
  try {
    const why = whyNoLoopDisk(folder);
    return why === undefined ? false : `no file system on a loop device: ${why}`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function bench(args: string[], env: NodeJS.ProcessEnv = {}) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      [join(ROOT, 'scripts/bench.ts'), ...args],
      { env: { ...process.env, ...env }, timeout: 300_000 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

/** One object of the promised form, and nothing else on standard output. */
function checkOutput(stdout: string, name: string): Figure[] {
  const output = JSON.parse(stdout) as Output;
  assert.deepEqual(Object.keys(output), ['name', 'machine', 'figures']);
  assert.equal(output.name, name);
  assert.deepEqual(Object.keys(output.machine), ['cpu', 'cores', 'memory', 'node']);
  assert.ok(!JSON.stringify(output.machine).includes(hostname()));
  const names = output.figures.map((figure) => figure.name);
  assert.equal(new Set(names).size, names.length, 'every figure has its own name');
  for (const figure of output.figures) {
    assert.ok(Number.isFinite(figure.value), figure.name);
    assert.equal(figure.unit === 'ratio', figure.ratioTo !== undefined, figure.name);
    if (figure.ratioTo !== undefined) assert.ok(names.includes(figure.ratioTo), figure.ratioTo);
  }
  return output.figures;
}

test('an unknown benchmark, option or value is one line and exit code 2', async () => {
  for (const [args, text] of [
    [['wrie'], /"wrie": give wire or ingest or sensors or outbox or sleep/],
    [[], /wire or ingest or sensors/],
    [['wire', '--boards', '3'], /--boards/],
    [['ingest', '--boards', 'many'], /--boards many: give a whole number from 1 to 2000/],
    [['outbox', '--measure', 'guess'], /--measure guess: give one of loop, process, best/],
    [['sleep', '--reports', '0'], /--reports 0: give a whole number from 1 to 600/],
    [['ingest', '--broker', 'rabbit'], /aedes, mosquitto, both/],
  ] as const) {
    const { code, stdout, stderr } = await bench([...args]);
    assert.equal(code, 2, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, text);
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
  }
});

test('--help names the benchmarks, and each of them explains itself', async () => {
  const all = await bench(['--help']);
  assert.equal(all.code, 0);
  assert.match(all.stdout, /wire.*\n.*ingest.*\n.*sensors.*\n.*outbox.*\n.*sleep/);
  const one = await bench(['ingest', '--help']);
  assert.equal(one.code, 0);
  assert.match(one.stdout, /--boards N/);
});

test('wire gives its figures as JSON', async () => {
  const { code, stdout, stderr } = await bench(['wire', '--rounds', '1', '--json']);
  assert.equal(code, 0, stderr);
  const figures = checkOutput(stdout, 'wire');
  for (const name of ['bme280.single.bytes', 'default-config.batch-50.open', 'hello.server'])
    assert.ok(figures.find((figure) => figure.name === name)!.value > 0, name);
  assert.equal(stderr, '', 'progress is for terminals only');
});

test('ingest gets every message of a few boards acknowledged, beside the echo, and cleans up', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'perch-bench-test-'));
  try {
    const args = ['ingest', '--seconds', '1', '--rounds', '1', '--boards', '5', '--json'];
    const { code, stdout, stderr } = await bench(args, { TMPDIR: folder });
    assert.equal(code, 0, stderr);
    const figures = checkOutput(stdout, 'ingest');
    const value = (name: string): number => figures.find((figure) => figure.name === name)!.value;
    assert.ok(value('aedes.perch.rate') > 0 && value('aedes.echo.rate') > 0);
    assert.equal(value('aedes.perch.lost'), 0);
    assert.ok(value('aedes.request') > value('aedes.reply'));
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('perch-bench-')),
      [],
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('sensors measures the executable that ships, beside a bare client, and cleans up', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'perch-bench-test-'));
  try {
    const { code, stdout, stderr } = await bench(['sensors', '--seconds', '2', '--json'], { TMPDIR: folder });
    assert.equal(code, 0, stderr);
    const figures = checkOutput(stdout, 'sensors');
    const value = (name: string): number => figures.find((figure) => figure.name === name)!.value;
    for (const rate of ['1hz', '10hz'])
      for (const who of ['perch', 'bare'])
        assert.ok(value(`${rate}.${who}.cpu`) > 0 && value(`${rate}.${who}.memory`) > 1, `${rate} ${who}`);
    assert.ok(value('10hz.perch.late.p99') >= value('10hz.perch.late.p50'));
    assert.ok(value('10hz.perch.loop.p99') >= 0);
    assert.deepEqual(readdirSync(folder), []);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** Runs a benchmark in a temp folder of its own and sees that it leaves nothing there. */
async function benchAndCleanUp(args: string[]): Promise<(name: string) => number> {
  const folder = await mkdtemp(join(tmpdir(), 'perch-bench-test-'));
  chmodSync(folder, 0o755); // Mosquitto gives up root and must still read its files
  try {
    const { code, stdout, stderr } = await bench([...args, '--json'], { TMPDIR: folder });
    assert.equal(code, 0, stderr);
    const figures = checkOutput(stdout, args[0]!);
    assert.deepEqual(readdirSync(folder), []);
    return (name) => figures.find((figure) => figure.name === name)!.value;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const FEW = ['outbox', '--records', '30', '--drain', '500', '--size', '1'];

test('outbox writes less the longer its window is, drains and starts beside SQLite, and cleans up', async () => {
  const value = await benchAndCleanUp([...FEW, '--measure', 'process']);
  assert.ok(value('write.process.perch-30s.record') > 0);
  assert.ok(value('write.process.perch-30s.record') < value('write.process.perch-0s.record'));
  assert.ok(value('write.process.perch-ok.record') < value('write.process.perch-30s.record'));
  assert.ok(value('write.process.sqlite.record') > 0 && value('write.process.append.record') > 0);
  assert.equal(value('write.process.append.day'), value('write.process.append.record') * 8_640);
  for (const who of ['perch', 'sqlite'])
    assert.ok(value(`drain.${who}.rate`) > 0 && value(`start.1mb.${who}`) > 0, who);
});

const noLoop = await withoutLoopDisk();

test('outbox counts what a disk gets, and its loop device goes with it', { skip: noLoop }, async () => {
  const value = await benchAndCleanUp([...FEW, '--measure', 'loop']);
  // A record on its own costs a block of the disk at least.
  assert.ok(value('write.loop.perch-0s.record') >= 4_096 && value('write.loop.append.record') >= 4_096);
  assert.ok(value('write.loop.perch-30s.record') < value('write.loop.perch-0s.record'));
  await until(() => !loopDevices().some((file) => file.includes('perch-bench-outbox-')), 'no loop device');
});

test('outbox that is interrupted leaves neither folder nor loop device', { skip: noLoop }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'perch-bench-test-'));
  try {
    const args = ['outbox', '--records', '100000', '--measure', 'loop'];
    const child = execFile(process.execPath, [join(ROOT, 'scripts/bench.ts'), ...args], {
      env: { ...process.env, TMPDIR: folder },
      timeout: 60_000,
    });
    const ended = once(child, 'close');
    await until(() => loopDevices().some((file) => file.includes(folder)), 'its loop device');
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [143, null]);
    assert.deepEqual(readdirSync(folder), []);
    await until(() => !loopDevices().some((file) => file.includes(folder)), 'no loop device');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('sleep counts bytes and time of a board that connects for each report, and cleans up', {
  skip: lacking('mosquitto', 'openssl'),
}, async () => {
  const value = await benchAndCleanUp(['sleep', '--reports', '3']);
  for (const wire of ['tcp', 'tls']) {
    assert.ok(value(`${wire}.first.bytes`) > value(`${wire}.report.bytes`), 'Hello costs bytes');
    assert.ok(value(`${wire}.report.bytes`) > value(`${wire}.held.bytes`), 'so does a connection');
    assert.ok(value(`${wire}.report.open`) > 0);
  }
  assert.equal(value('tcp.report.waits'), 3, 'CONNECT, SUBSCRIBE and the record');
  assert.equal(value('tcp.ping.bytes'), 4, 'MQTT 3.1.1, 3.12 and 3.13: two bytes each');
});
