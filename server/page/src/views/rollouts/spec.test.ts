import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, faultsOf, NEW_FORM } from './spec.ts';

const form = { ...NEW_FORM, version: '0.3.0' };

test('the form as it opens is a rollout as the command line makes one', () => {
  assert.deepEqual(faultsOf(form), {});
  assert.deepEqual(bodyOf(form), {
    version: '0.3.0',
    waves: [1, 10, 50, 100].map((percent) => ({ percent, soak: 86_400_000 })),
    limits: { failures: 0.1, silent: 0.1, silence: 129_600_000, atOnce: 50, tries: 5 },
  });
});

test('a window, groups and platforms are sent when they are chosen', () => {
  const body = bodyOf({
    ...form,
    hasWindow: true,
    days: [6, 1],
    groups: ['lab'],
    platforms: ['linux-x64'],
    replace: true,
  });
  assert.deepEqual(body.window, { days: [1, 6], from: 1320, to: 240, zone: 'UTC' });
  assert.deepEqual([body.groups, body.platforms, body.replace], [['lab'], ['linux-x64'], true]);
});

test('what is wrong is said at its field', () => {
  const fault = (change: Partial<typeof form>) => Object.keys(faultsOf({ ...form, ...change }));
  assert.deepEqual(fault({ version: ' ' }), ['version']);
  assert.deepEqual(fault({ waves: [] }), ['waves']);
  assert.deepEqual(
    fault({
      waves: [
        { percent: '10', soak: '1d' },
        { percent: '5', soak: '1d' },
      ],
    }),
    ['waves'],
  );
  assert.deepEqual(fault({ waves: [{ percent: '10', soak: 'soon' }] }), ['waves']);
  assert.deepEqual(fault({ failures: '', silence: 'x', atOnce: '0', tries: '1.5' }), [
    'failures',
    'silence',
    'atOnce',
    'tries',
  ]);
  assert.deepEqual(fault({ hasWindow: true, from: '25:00' }), ['window']);
  assert.deepEqual(fault({ hasWindow: false, from: '25:00' }), []);
});
