import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Peer } from '../session-table.ts';
import type { Device } from '../store/contract.ts';
import { heardOf } from './heard.ts';

const device = (alias: string, status: Device['status'], lastSeen: number) =>
  ({ alias, status, lastSeen }) as Device;

test('a board was heard when its session was, also after its link broke; without one, when it is written down', () => {
  const peers = new Map([
    ['pi-1', { lastSeen: 59_000, gone: false }],
    ['pi-2', { lastSeen: 59_000, gone: true }],
    ['pi-3', { lastSeen: 10, gone: false }],
  ]);
  const heard = heardOf(
    [
      ...['pi-1', 'pi-2', 'pi-3', 'pi-4'].map((alias) => device(alias, 'approved', 1_000)),
      ...[device('pi-5', 'pending', 1_000), device('pi-6', 'revoked', 1_000)],
    ],
    { liveOf: (alias) => peers.get(alias) as Peer | undefined },
  );
  assert.deepEqual(Object.fromEntries(heard), {
    ...{ 'pi-1': 59_000, 'pi-2': 59_000, 'pi-3': 1_000, 'pi-4': 1_000 },
  });
});
