import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DRIVER_NAMES } from '@perch/broker-bridge/config/drivers.ts';
import { GENERATED } from '../generate/generated.ts';

const ROOT = join(import.meta.dirname, '../..');

for (const [path, make] of Object.entries(GENERATED))
  test(`${path} is what its sources say now; else run: npm run generate`, () => {
    assert.ok(readFileSync(join(ROOT, path), 'utf8') === make(), `${path} is stale; run: npm run generate`);
  });

test('the page of sensors has a section for every driver', () => {
  const page = readFileSync(join(ROOT, 'firmware-notes/sensors.md'), 'utf8');
  for (const name of DRIVER_NAMES) assert.ok(page.includes(`\n### ${name}\n`), name);
});
