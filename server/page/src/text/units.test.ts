import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesLabels, bytesText, counted, numberText, roughText, unitText, valueText } from './units.ts';

test('every unit that a board sends is shown as people write it', () => {
  const shown: Record<string, string> = {
    ...{ Cel: '°C', '%': '%', hPa: 'hPa', 'W.h': 'Wh', 'kW.h': 'kWh', 'ug/m3': 'µg/m³', '/cm3': '1/cm³' },
    ...{
      Ohm: 'Ω',
      '1': '',
      m3: 'm³',
      'm/s2': 'm/s²',
      'rad/s': 'rad/s',
      '[ppm]': 'ppm',
      '{record}': 'records',
    },
    ...{ um: 'µm', 'km/h': 'km/h', By: 'B', lx: 'lx', '/min': '1/min', mV: 'mV', deg: '°' },
  };
  for (const [ucum, text] of Object.entries(shown)) assert.equal(unitText(ucum), text, ucum);
});

test('values are shown with their unit, and switches by words', () => {
  assert.equal(valueText(21.53, 'Cel'), '21.53 °C');
  assert.equal(valueText(90, 'deg'), '90°');
  assert.equal(valueText(true), 'yes');
  assert.equal(valueText('read-only'), 'read-only');
  assert.equal(valueText(1_434_567, 'By'), '1.4 MB');
  assert.equal(valueText(29_362.2, 's'), '8 h 9 min');
  assert.equal(valueText(200_000, 's'), '2 d 7 h');
  assert.equal(valueText(59.5, 's'), '59.5 s');
});

test('beside a wide span the small digits go', () => {
  assert.equal(roughText(16.111_9, 8, 'Cel'), '16.11 °C');
  assert.equal(roughText(1_234.567, 900, 'lx'), '1,235 lx');
  assert.equal(roughText(16.111_9, 0, 'Cel'), '16.1119 °C');
});

test('labels of an axis of bytes can be told apart', () => {
  assert.deepEqual(bytesLabels([66_980_000_000, 66_990_000_000]), ['66.98 GB', '66.99 GB']);
  assert.deepEqual(bytesLabels([0, 500]), ['0 B', '500 B']);
});

test('numbers say what they know and no more', () => {
  assert.equal(numberText(0.1 + 0.2), '0.3');
  assert.equal(numberText(10_000), '10,000');
  assert.equal(numberText(0.000_012_3), '1.230e-5');
  assert.equal(bytesText(999), '999 B');
  assert.equal(bytesText(999_999), '1.0 MB');
  assert.equal(counted(1, 'board'), '1 board');
  assert.equal(counted(10_000, 'board'), '10,000 boards');
});
