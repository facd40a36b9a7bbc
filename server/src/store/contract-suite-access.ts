import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GRANTS_LIMIT, type Grant } from './access-contract.ts';
import { type OpenStore, withStore } from './contract-suite.ts';
import { EVENTS_KEPT, EVENTS_PAGE, type FleetEvent } from './event-contract.ts';

const grant = (given: Partial<Grant> & Pick<Grant, 'id'>): Grant => ({
  ...{ kind: 'token', name: given.id, scope: 'read', secretSha256: `hash of ${given.id}`, created: 100 },
  ...given,
});
const event = (given: Partial<FleetEvent>): FleetEvent => ({
  ...{ at: 100, actor: 'local:ada', kind: 'device.approved', text: 'let in' },
  ...given,
});

/** What a Store promises of those who may call, and of what they did. */
export function accessContract(name: string, open: OpenStore): void {
  test(`${name}: a grant is found by its secret's hash and kind until it expires, also after a restart`, () =>
    withStore(open, async ({ store, reopen }) => {
      await store.addGrant(grant({ id: 'a', expires: 200 }));
      await store.addGrant(grant({ id: 'b', created: 150 }));
      const again = await reopen();
      assert.deepEqual(await again.grant('token', 'hash of a', 199), grant({ id: 'a', expires: 200 }));
      assert.equal(await again.grant('token', 'hash of a', 200), undefined);
      assert.equal(await again.grant('session', 'hash of a', 150), undefined);
      assert.equal(await again.grant('token', 'hash of c', 150), undefined);
      assert.deepEqual(
        (await again.grants('token', 199)).map(({ id }) => id),
        ['b', 'a'],
      );
      await again.useGrant('token', 'b', 300);
      assert.equal((await again.grant('token', 'hash of b', 1e15))?.used, 300);
      assert.equal(await again.removeGrant('token', 'b'), true);
      assert.equal(await again.removeGrant('token', 'b'), false);
    }));

  test(`${name}: what is taken is given once, whoever asks at the same time`, () =>
    withStore(open, async ({ store }) => {
      await store.addGrant(grant({ id: 'a', kind: 'link', expires: 200 }));
      const taken = await Promise.all([1, 2, 3].map(() => store.takeGrant('link', 'hash of a', 150)));
      assert.equal(taken.filter((one) => one !== undefined).length, 1);
      await store.addGrant(grant({ id: 'b', kind: 'link', expires: 200 }));
      assert.equal(await store.takeGrant('link', 'hash of b', 200), undefined, 'too late');
    }));

  test(`${name}: of links the oldest goes, and what expired is forgotten with the next`, () =>
    withStore(open, async ({ store }) => {
      await store.addGrant(grant({ id: 'old', kind: 'session', created: 1, expires: 50 }));
      for (let count = 0; count < GRANTS_LIMIT.link + 3; count++)
        await store.addGrant(grant({ id: `l${count}`, kind: 'link', created: 100 + count }));
      const left = await store.grants('link', 0);
      assert.equal(left.length, GRANTS_LIMIT.link);
      assert.equal(left.at(-1)?.id, 'l3');
      assert.deepEqual(await store.grants('session', 0), []);
    }));

  test(`${name}: sessions that were begun with a token go with it, and none begins with one that is gone`, () =>
    withStore(open, async ({ store, reopen }) => {
      await store.addGrant(grant({ id: 't' }));
      await store.addGrant(grant({ id: 'other' }));
      const begun = { kind: 'session', created: 150, parent: 't' } as const;
      assert.equal(await store.addGrant(grant({ ...begun, id: 'a' })), true);
      await store.addGrant(grant({ ...begun, id: 'b', parent: 'other' }));
      await store.addGrant(grant({ id: 'c', kind: 'session' }));
      const again = await reopen();
      assert.equal((await again.grant('session', 'hash of a', 150))?.parent, 't');
      assert.equal(await again.removeGrant('token', 't'), true);
      assert.deepEqual(
        (await again.grants('session', 150)).map(({ id }) => id),
        ['b', 'c'],
      );
      assert.equal(await again.addGrant(grant({ ...begun, id: 'd' })), false);
      assert.equal((await again.grants('session', 150)).length, 2);
      assert.equal(await again.removeGrant('session', 'b'), true);
      assert.equal((await again.grants('token', 150)).length, 1, 'the token outlives its session');
    }));

  test(`${name}: of many grants those that are good still are told at once`, () =>
    withStore(open, async ({ store }) => {
      await store.addGrant(grant({ id: 'a' }));
      await store.addGrant(grant({ id: 'b', kind: 'session', expires: 200 }));
      await store.addGrant(grant({ id: 'l', kind: 'link', expires: 900 }));
      const valid = async (now: number) =>
        [...(await store.validGrants(['a', 'b', 'l', 'none'], now))].sort();
      assert.deepEqual(await valid(199), ['a', 'b']);
      assert.deepEqual(await valid(200), ['a']);
      assert.deepEqual(await store.validGrants([], 0), new Set());
    }));

  test(`${name}: events come back newest first, by board, kind, actor and time, and in pages`, () =>
    withStore(open, async ({ store, reopen }) => {
      await store.addEvents([
        event({ alias: 'pi-1', data: { fingerprint: 'aa' } }),
        event({ at: 200, alias: 'pi-2', kind: 'device.revoked' }),
        event({ at: 300, kind: 'rollout.created', actor: 'token:ci' }),
        event({ at: 400, kind: 'devices', actor: 'token:ci' }),
      ]);
      const again = await reopen();
      const kinds = async (query: Parameters<typeof again.events>[0]) =>
        (await again.events(query)).map(({ at }) => at);
      assert.deepEqual(await kinds({}), [400, 300, 200, 100]);
      assert.deepEqual(await kinds({ alias: 'pi-1' }), [100]);
      assert.deepEqual((await again.events({ alias: 'pi-1' }))[0]?.data, { fingerprint: 'aa' });
      assert.deepEqual(await kinds({ kind: 'device' }), [200, 100], 'whole words only');
      assert.deepEqual(await kinds({ kind: 'device.revoked' }), [200]);
      assert.deepEqual(await kinds({ actor: 'token:ci', until: 350 }), [300]);
      assert.deepEqual(await kinds({ since: 200, until: 300 }), [300, 200]);
      const [newest] = await again.events({ limit: 1 });
      assert.deepEqual(await kinds({ before: newest!.id, limit: 2 }), [300, 200]);
    }));

  test(`${name}: of events only so many are kept and told at once`, () =>
    withStore(open, async ({ store }) => {
      const many = Array.from({ length: 5_000 }, (_, index) => event({ at: index }));
      for (let count = 0; count <= EVENTS_KEPT; count += many.length) await store.addEvents(many);
      await store.addEvents([event({ at: -1 })]);
      const page = await store.events({ limit: 1e9 });
      assert.equal(page.length, EVENTS_PAGE);
      const oldest = await store.events({ before: page[0]!.id - EVENTS_KEPT + 2 });
      assert.equal(oldest.length, 1);
    }));
}
