import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../build/paths.ts';
import type { Figure, Machine } from './report.ts';

interface Output {
  name: string;
  machine: Machine;
  figures: Figure[];
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
    [['wrie'], /"wrie": give wire or ingest or sensors/],
    [[], /wire or ingest or sensors/],
    [['wire', '--boards', '3'], /--boards/],
    [['ingest', '--boards', 'many'], /--boards many: give a whole number from 1 to 2000/],
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
  assert.match(all.stdout, /wire.*\n.*ingest.*\n.*sensors/);
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
