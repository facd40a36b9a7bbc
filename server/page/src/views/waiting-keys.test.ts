import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceDetail, DeviceSummary } from '../api-types.ts';
import { waitingKeys } from './waiting-keys.ts';

const device = (alias: string, status: DeviceSummary['status'], fingerprint: string): DeviceSummary => ({
  ...{
    alias,
    status,
    fingerprint,
    platform: 'linux-arm64',
    version: '0.2.0',
    configVersion: 0,
    configWanted: 0,
  },
  ...{
    online: false,
    health: 'ok',
    troubles: [],
    groups: [],
    firstSeen: 1,
    lastSeen: 2,
    waiting: 0,
    alerts: 0,
  },
});
const detail = (shown: DeviceSummary, ...pending: string[]): DeviceDetail => ({
  device: { ...shown, waiting: pending.length },
  keys: [shown, ...pending.map((key) => device(shown.alias, 'pending', key))],
});
const told = (keys: { alias: string; fingerprint: string; of: number; instead: string | undefined }[]) =>
  keys.map(({ alias, fingerprint, of, instead }) => [alias, fingerprint, of, instead]);

test('of an alias that nobody is in as, every key that waits is shown', () => {
  const green = device('green', 'pending', 'aa');
  const { fresh, others } = waitingKeys([green, device('red', 'pending', 'cc')], [detail(green, 'bb')]);
  assert.deepEqual(told(fresh), [
    ['green', 'aa', 2, undefined],
    ['green', 'bb', 2, undefined],
    ['red', 'cc', 1, undefined],
  ]);
  assert.deepEqual(others, []);
});

test('an alias whose further keys are not looked at says that there are some', () => {
  const { fresh } = waitingKeys([{ ...device('green', 'pending', 'aa'), waiting: 7 }], []);
  assert.deepEqual(told(fresh), [['green', 'aa', 8, undefined]]);
});

test('keys that would take the place of a board that is in stand apart', () => {
  const { fresh, others } = waitingKeys([], [detail(device('green', 'approved', 'aa'), 'bb', 'cc')]);
  assert.deepEqual(fresh, []);
  assert.deepEqual(told(others), [
    ['green', 'bb', 2, 'aa'],
    ['green', 'cc', 2, 'aa'],
  ]);
});
