import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AGGREGATES } from '@perch/broker-bridge/config/filters.ts';
import { parseConfig } from '@perch/broker-bridge/config/parse.ts';
import { BUSES } from '@perch/broker-bridge/config/schema.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../firmware-notes/config.md'), 'utf8');
const BLOCKS = [...PAGE.matchAll(/```json\n([\s\S]*?)```/g)].map((match) => match[1]!);

/** Buses that the examples speak of. */
const USED = {
  i2c1: { type: 'i2c', path: '/dev/i2c-1' },
  usb: { type: 'serial', path: '/dev/ttyUSB0', baud: 9600 },
  rs485: { type: 'serial', path: '/dev/ttyUSB1', baud: 9600 },
  pm0: { type: 'serial', path: '/dev/ttyAMA0', baud: 9600 },
};

/** A block as a whole config: it is one, or it holds sensors one after the other. */
function configOf(block: string): string[] {
  if (block.includes('"period"')) return [block];
  // Sensors of one block are alternatives, so each is tried alone.
  return block
    .split(/\n(?=\{)/)
    .map((sensor) => JSON.stringify({ period: '10s', buses: USED, sensors: [JSON.parse(sensor)] }));
}

test('every example of the config page is a config that is accepted', () => {
  assert.ok(BLOCKS.length > 10);
  for (const text of BLOCKS.flatMap(configOf)) {
    const parsed = parseConfig(text);
    assert.ok(parsed.ok, `${text}: ${JSON.stringify(parsed)}`);
  }
});

test('the config page names every filter, aggregate, and type of bus', () => {
  for (const name of [
    'offset',
    'scale',
    'calibrate',
    'median',
    'mean',
    'min',
    'max',
    'delta',
    'deadband',
    'heartbeat',
    'clamp',
    'round',
    'throttle',
  ])
    assert.ok(PAGE.includes(`"${name}"`), name);
  for (const name of AGGREGATES) assert.ok(PAGE.includes(`"${name}"`), name);
  for (const name of Object.keys(BUSES)) assert.ok(PAGE.includes(`**${name}**`), name);
});
