import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formOf, KNOWN, type Setting, settingOf } from './integration-fields.ts';

const { fields } = KNOWN.influxdb!;
const before: Setting = { on: true, url: 'http://db:8086', org: 'o', bucket: 'b', token: 'set' };

test('a setting is sent back as it came when nobody changed it', () => {
  assert.deepEqual(settingOf(true, formOf(before, fields), fields, before), before);
});

test('a secret is never shown, and replaced when one is typed', () => {
  const form = formOf(before, fields);
  assert.equal(form.token, '');
  assert.equal(settingOf(true, { ...form, token: 'new' }, fields, before).token, 'new');
});

test('a secret does not follow to another address', () => {
  const form = { ...formOf(before, fields), url: 'http://elsewhere' };
  assert.equal('token' in settingOf(true, form, fields, before), false);
});

test('what is emptied is left out', () => {
  assert.equal('org' in settingOf(false, { ...formOf(before, fields), org: ' ' }, fields, before), false);
});
