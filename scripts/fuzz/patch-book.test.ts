import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EXECUTABLE_LIMIT } from '@perch/broker-bridge/release.ts';
import { MAGIC } from '@perch/broker-bridge/update/patch/header.ts';
import { REGION } from '@perch/broker-bridge/update/patch/layout.ts';
import { LOAD_LIMIT, REGION_LIMIT } from '@perch/broker-bridge/update/patch/layout-code.ts';
import { MODE, OPERATION_LIMIT } from '@perch/broker-bridge/update/patch/operations.ts';
import { CLASS, CLASSES } from '@perch/broker-bridge/update/patch/reference-class.ts';
import { CHUNK } from '@perch/broker-bridge/update/patch/relocate.ts';
import { LEAF, SEGMENT } from '@perch/broker-bridge/update/segment-index.ts';
import { ROOT } from '../build/paths.ts';

const page = readFileSync(join(ROOT, 'firmware-notes/patch.md'), 'utf8');
const source = (name: string): string =>
  readFileSync(join(ROOT, 'broker-bridge/src/update/patch', name), 'utf8');

/** Cells of the rows of the table whose head has these titles. */
function rowsOf(...titles: string[]): string[][] {
  const lines = page.split('\n');
  const start = lines.indexOf(`| ${titles.join(' | ')} |`);
  assert.ok(start > 0, `there is a table ${titles.join(', ')}`);
  const end = lines.findIndex((line, i) => i > start && !line.startsWith('|'));
  return lines.slice(start + 2, end).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test('the page has the models as they are in the code', () => {
  const names: Record<string, RegExp> = {
    'free-bytes.ts free': /#bits = new MixedBits\((.*?)\)/s,
    'corrections.ts groups': /#groups = new MixedBits\((.*?)\)/s,
    'corrections.ts units': /#units = new MixedBits\((.*?)\)/s,
    'corrections.ts bytes': /#bytes = new MixedBits\((.*?)\)/s,
    'corrections.ts flags': /#flags = new MixedBits\((.*?)\)/s,
    'corrections.ts data': /#data = new MixedBits\((.*?)\)/s,
  };
  const expected = Object.entries(names).map(([name, form]) => {
    const [file, model] = name.split(' ') as [string, string];
    const text = form.exec(source(file))?.[1] ?? '';
    const value = (option: string): string => {
      const factors =
        new RegExp(`${option}: ([^,}]+)`).exec(text)?.[1]?.replace('CLASSES', String(CLASSES)) ?? '';
      return String(factors.split('*').reduce((product, factor) => product * Number(factor), 1));
    };
    return [model, ...['contexts', 'bits', 'sets', 'patience', 'haste'].map(value)];
  });
  assert.deepEqual(rowsOf('model', 'contexts', 'b', 'sets', 'patience', 'haste'), expected);
});

test('the page has the numbers of regions, modes and classes', () => {
  const kinds = rowsOf('kind', 'region', 'what refers').map(([kind]) => Number(kind));
  assert.deepEqual(kinds, Object.values(REGION));
  assert.deepEqual(
    rowsOf('mode', 'the bytes').map(([mode]) => Number(mode)),
    Object.values(MODE),
  );
  const classes = rowsOf('class', 'field', 'where').flatMap(([cls]) => cls!.split(', ').map(Number));
  assert.deepEqual(
    [0, ...classes].sort((a, b) => a - b),
    Object.values(CLASS).sort((a, b) => a - b),
  );
});

test('the page has the limits', () => {
  assert.match(page, new RegExp(`at most ${OPERATION_LIMIT}\\)`));
  assert.match(page, new RegExp(`how many \\(at most ${LOAD_LIMIT}\\)`));
  assert.match(page, new RegExp(`how many \\(at most ${REGION_LIMIT}\\)`));
  assert.match(page, new RegExp(`multiples of ${CHUNK} in the base`));
  assert.match(page, new RegExp(`1 to ${EXECUTABLE_LIMIT / 1024 ** 2} MiB`));
  assert.match(page, new RegExp(`first ${LEAF} bytes of a segment`));
  assert.equal(SEGMENT, 1024 ** 2);
  const [p, d, version] = MAGIC;
  assert.match(
    page,
    new RegExp(`\`${String.fromCharCode(p!, d!)}\`, then the version of the format: ${version} `),
  );
});
