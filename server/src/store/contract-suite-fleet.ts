import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fingerprint } from '@perch/broker-bridge/fingerprint.ts';
import { CONFIGS_KEPT, PENDING_LIMIT, PENDING_PER_ALIAS, REVOKED_PER_ALIAS } from './contract.ts';
import { type OpenStore, withStore } from './contract-suite.ts';
import { keyOf } from './sample-rows.ts';

const board = { platform: 'linux-arm64', version: '0.1.0' };
const pending = (alias: string, byte: number) => ({ alias, key: keyOf(byte), ...board });

export function fleetContract(name: string, open: OpenStore): void {
  test(`${name}: an unknown board is pending until a person approves it, and stays approved`, () =>
    withStore(open, async ({ store, reopen }) => {
      await store.notePending(pending('pi-1', 1), 100);
      await store.notePending({ ...pending('pi-1', 1), version: '0.2.0' }, 200);
      const waiting = { alias: 'pi-1', key: keyOf(1), status: 'pending', platform: 'linux-arm64' } as const;
      const seen = { version: '0.2.0', configVersion: 0, firstSeen: 100, lastSeen: 200 };
      assert.deepEqual(await store.devicesOf('pi-1'), [{ ...waiting, ...seen }]);
      const outcome = await store.approve('pi-1');
      assert.deepEqual(outcome, { ok: true, device: { ...waiting, ...seen, status: 'approved' } });
      const again = await reopen();
      await again.notePending({ ...pending('pi-1', 1), version: '6.6.6' }, 300);
      assert.deepEqual(await again.devices(), [{ ...waiting, ...seen, status: 'approved' }]);
    }));

  test(`${name}: of several pending keys the fingerprint chooses`, () =>
    withStore(open, async ({ store }) => {
      await store.notePending(pending('pi-1', 1), 100);
      await store.notePending(pending('pi-1', 2), 200);
      const asked = await store.approve('pi-1');
      assert.ok(!asked.ok);
      assert.equal(asked.why, 'ambiguous');
      assert.deepEqual(
        asked.candidates.map((device) => device.key[0]),
        [2, 1],
      );
      assert.equal((await store.approve('pi-1', 'ffff-ffff-ffff-ffff')).ok, false);
      assert.equal((await store.approve('pi-1', 'nonsense')).ok, false);
      const chosen = await store.approve('pi-1', fingerprint(keyOf(1)).slice(0, 9));
      assert.ok(chosen.ok);
      assert.deepEqual(chosen.device.key, keyOf(1));
      assert.deepEqual(await store.approve('pi-2'), { ok: false, why: 'unknown', candidates: [] });
    }));

  test(`${name}: an alias has one approved key; the one before is revoked and does not come back by itself`, () =>
    withStore(open, async ({ store }) => {
      await store.notePending(pending('pi-1', 1), 100);
      await store.approve('pi-1');
      await store.notePending(pending('pi-1', 2), 200);
      await store.approve('pi-1', fingerprint(keyOf(2)));
      await store.notePending(pending('pi-1', 1), 300);
      const status = async () =>
        (await store.devicesOf('pi-1')).map((device) => [device.key[0], device.status]);
      assert.deepEqual(await status(), [
        [2, 'approved'],
        [1, 'revoked'],
      ]);
      assert.equal((await store.approve('pi-1')).ok, false, 'nobody asked for key 1');
      assert.ok((await store.approve('pi-1', fingerprint(keyOf(1)))).ok);
      assert.deepEqual(await status(), [
        [1, 'approved'],
        [2, 'revoked'],
      ]);
    }));

  test(`${name}: a revoked board is out until it is approved again`, () =>
    withStore(open, async ({ store }) => {
      assert.equal(await store.revoke('pi-1'), false);
      await store.notePending(pending('pi-1', 1), 100);
      assert.equal(await store.revoke('pi-1'), false, 'a pending key has nothing to revoke');
      await store.approve('pi-1');
      assert.equal(await store.revoke('pi-1'), true);
      assert.equal((await store.devicesOf('pi-1'))[0]?.status, 'revoked');
      assert.ok((await store.approve('pi-1')).ok);
    }));

  test(`${name}: strangers cannot fill the disk with pending keys, nor push out a board that is let in`, () =>
    withStore(open, async ({ store }) => {
      await store.notePending(pending('pi-1', 1), 1);
      await store.approve('pi-1');
      for (let byte = 2; byte < PENDING_PER_ALIAS + 5; byte += 1)
        await store.notePending(pending('pi-1', byte), byte);
      const rows = await store.devicesOf('pi-1');
      assert.equal(rows.length, 1 + PENDING_PER_ALIAS);
      assert.equal(rows[0]?.status, 'approved');
      assert.equal(rows.at(-1)?.key[0], 5, 'the ones seen longest ago went');
      for (let index = 0; index < PENDING_LIMIT; index += 1)
        await store.notePending(pending(`flood-${index}`, 9), 1000 + index);
      const all = await store.devices();
      assert.equal(all.filter((device) => device.status === 'pending').length, PENDING_LIMIT);
      assert.deepEqual(
        all.filter((device) => device.alias === 'pi-1').map((device) => device.status),
        ['approved'],
      );
    }));

  test(`${name}: of the keys that an alias ever had a few are remembered as revoked`, () =>
    withStore(open, async ({ store }) => {
      for (let byte = 1; byte <= REVOKED_PER_ALIAS + 4; byte += 1) {
        await store.notePending(pending('pi-1', byte), byte);
        await store.approve('pi-1', fingerprint(keyOf(byte)));
      }
      const rows = await store.devicesOf('pi-1');
      assert.equal(rows.length, 1 + REVOKED_PER_ALIAS);
      assert.equal(rows[1]?.key[0], REVOKED_PER_ALIAS + 3, 'the newest of them');
    }));

  test(`${name}: what a board tells is kept, and what it does not tell stays`, () =>
    withStore(open, async ({ store }) => {
      await store.notePending(pending('pi-1', 1), 100);
      await store.approve('pi-1');
      const refused = { version: 4, text: '/period: too short' };
      const update = { sequence: 2, state: 'failed', error: 'WRONG_HASH', progress: 40 };
      await store.updateDevice('pi-1', keyOf(1), { lastSeen: 500, configVersion: 3, refused, update });
      await store.updateDevice('pi-1', keyOf(1), { version: '0.2.0' });
      const [known] = await store.devicesOf('pi-1');
      assert.deepEqual(
        { ...known, key: undefined },
        {
          ...{ alias: 'pi-1', key: undefined, status: 'approved', platform: 'linux-arm64', version: '0.2.0' },
          ...{ configVersion: 3, refused, update, firstSeen: 100, lastSeen: 500 },
        },
      );
      await store.updateDevice('pi-1', keyOf(1), { refused: null, update: null });
      const [cleared] = await store.devicesOf('pi-1');
      assert.equal(cleared?.refused, undefined);
      assert.equal(cleared?.update, undefined);
      const restart = { reason: 'stalled', count: 7, detail: 'the outbox', at: 600 } as const;
      await store.updateDevice('pi-1', keyOf(1), { restart });
      await store.updateDevice('pi-1', keyOf(1), { lastSeen: 700 });
      assert.deepEqual((await store.devicesOf('pi-1'))[0]?.restart, restart);
      await store.updateDevice('nobody', keyOf(1), { lastSeen: 1 });
      assert.equal((await store.devices()).length, 1);
    }));

  test(`${name}: a one-time secret lets one key in, once, for its alias and in its time`, () =>
    withStore(open, async ({ store, reopen }) => {
      const secretSha256 = 'ab'.repeat(32);
      await store.addEnrolment({ alias: 'pi-1', secretSha256, created: 100, expires: 200 });
      const key = (byte: number) => ({ key: keyOf(byte), ...board });
      assert.equal(await store.redeem('pi-2', secretSha256, key(1), 150), false, 'another alias');
      assert.equal(await store.redeem('pi-1', 'cd'.repeat(32), key(1), 150), false, 'another secret');
      assert.equal(await store.redeem('pi-1', secretSha256, key(1), 200), false, 'too late');
      const again = await reopen();
      assert.deepEqual(
        await Promise.all([
          again.redeem('pi-1', secretSha256, key(1), 150),
          again.redeem('pi-1', secretSha256, key(2), 150),
        ]),
        [true, false],
      );
      assert.deepEqual(
        (await again.devices()).map((device) => [device.alias, device.key[0], device.status]),
        [['pi-1', 1, 'approved']],
      );
      assert.equal(await again.redeem('pi-1', secretSha256, key(1), 150), false, 'used up');
    }));

  test(`${name}: a new secret of an alias replaces the one before, and its board the board before`, () =>
    withStore(open, async ({ store }) => {
      const enrol = (secret: string) =>
        store.addEnrolment({ alias: 'pi-1', secretSha256: secret.repeat(64), created: 1, expires: 99 });
      await enrol('a');
      await enrol('b');
      const key = (byte: number) => ({ key: keyOf(byte), ...board });
      assert.equal(await store.redeem('pi-1', 'a'.repeat(64), key(1), 5), false);
      assert.equal(await store.redeem('pi-1', 'b'.repeat(64), key(1), 5), true);
      await enrol('c');
      assert.equal(await store.redeem('pi-1', 'c'.repeat(64), key(2), 6), true);
      assert.deepEqual(
        (await store.devicesOf('pi-1')).map((device) => [device.key[0], device.status]),
        [
          [2, 'approved'],
          [1, 'revoked'],
        ],
      );
    }));

  test(`${name}: configs are numbered per alias, and old ones go unless a board runs them`, () =>
    withStore(open, async ({ store, reopen }) => {
      const first = await store.addConfig('pi-1', '{"a":1}', ['air.temperature', 'air.humidity'], 10);
      assert.deepEqual(first, {
        ...{ alias: 'pi-1', version: 1, text: '{"a":1}' },
        ...{ items: ['air.temperature', 'air.humidity'], created: 10 },
      });
      assert.equal((await store.addConfig('pi-2', '{}', [], 10)).version, 1);
      await store.notePending(pending('pi-1', 1), 1);
      await store.updateDevice('pi-1', keyOf(1), { configVersion: 1 });
      const versions = await Promise.all(
        Array.from({ length: CONFIGS_KEPT + 1 }, (_, index) =>
          store.addConfig('pi-1', `{"n":${index}}`, [], 20),
        ),
      );
      assert.deepEqual(
        versions.map((config) => config.version),
        versions.map((_, index) => index + 2),
      );
      const again = await reopen();
      assert.equal((await again.config('pi-1'))?.version, CONFIGS_KEPT + 2);
      assert.deepEqual(await again.config('pi-1', 1), first, 'a board runs it');
      assert.equal(await again.config('pi-1', 2), undefined, 'too old');
      assert.equal((await again.config('pi-1', 3))?.text, '{"n":1}');
      assert.equal(await again.config('pi-3'), undefined);
    }));
}
