import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALERTS_PAGE, type Alert, type AlertRule, RULES_LIMIT } from './alert-contract.ts';
import { type OpenStore, withStore } from './contract-suite.ts';

const rule = (given: Partial<AlertRule> = {}): AlertRule => ({
  ...{ id: '0123456789ab', name: 'hot', scope: { fleet: true }, when: { item: 't', above: 30 } },
  ...{ severity: 'warning', enabled: true, version: 1, created: 100 },
  ...given,
});
const alert = (given: Partial<Alert> = {}): Omit<Alert, 'id'> => ({
  ...{ rule: '0123456789ab', name: 'hot', severity: 'warning', alias: 'pi-1', state: 'firing' },
  ...{ since: 100, text: 'hot: t over 30', value: 31, item: 't' },
  ...given,
});

/** What a Store promises of alert rules and alerts. */
export function alertContract(name: string, open: OpenStore): void {
  test(`${name}: a rule is changed by who has seen its newest version; with it go its open alerts`, () =>
    withStore(open, async ({ store, reopen }) => {
      assert.equal(await store.putAlertRule(rule()), true);
      assert.equal(await store.putAlertRule(rule({ name: 'again' })), false);
      assert.equal(await store.putAlertRule(rule({ version: 3 })), false);
      assert.equal(await store.putAlertRule(rule({ version: 2, when: { silence: 1_000 } })), true);
      const again = await reopen();
      assert.deepEqual(await again.alertRules(), [rule({ version: 2, when: { silence: 1_000 } })]);
      await again.addAlerts([alert(), alert({ rule: 'another rule', alias: 'pi-2' })]);
      assert.equal(await again.removeAlertRule('0123456789ab', 1, 500), false);
      assert.equal(await again.removeAlertRule('0123456789ab', 2, 500), true);
      const [other, own] = await again.alerts();
      assert.deepEqual([other?.state, own?.state, own?.ended], ['firing', 'resolved', 500]);
      assert.equal(own?.value, 31, 'what is known of it stays');
    }));

  test(`${name}: there are only so many rules`, () =>
    withStore(open, async ({ store }) => {
      for (let count = 0; count < RULES_LIMIT; count++) await store.putAlertRule(rule({ id: `r${count}` }));
      await assert.rejects(store.putAlertRule(rule({ id: 'more' })), { code: 'BUSY' });
      assert.equal(await store.putAlertRule(rule({ id: 'r0', version: 2 })), true, 'a change is none more');
    }));

  test(`${name}: alerts come back newest first, by state, board and rule, and in pages`, () =>
    withStore(open, async ({ store }) => {
      const added = await store.addAlerts([
        alert(),
        alert({ alias: 'pi-2' }),
        alert({ rule: 'b', alias: 'pi-2' }),
      ]);
      assert.deepEqual(
        await store.updateAlerts([
          { id: added[0]!.id, state: 'resolved', ended: 900 },
          { id: added[1]!.id, state: 'acknowledged', acknowledgedBy: 'session:ada' },
          { id: 999_999, state: 'resolved' },
        ]),
        [
          { ...added[0], state: 'resolved', ended: 900 },
          { ...added[1], state: 'acknowledged', acknowledgedBy: 'session:ada' },
        ],
      );
      const states = async (query: Parameters<typeof store.alerts>[0]) =>
        (await store.alerts(query)).map(({ state }) => state);
      assert.deepEqual(await states({}), ['firing', 'acknowledged', 'resolved']);
      assert.deepEqual(await states({ state: 'open' }), ['firing', 'acknowledged']);
      assert.deepEqual(await states({ state: 'resolved' }), ['resolved']);
      assert.deepEqual(await states({ alias: 'pi-2', rule: 'b' }), ['firing']);
      assert.deepEqual(await states({ limit: 1 }), ['firing']);
      assert.deepEqual(await states({ before: added[2]!.id, limit: 1 }), ['acknowledged']);
    }));

  test(`${name}: what is over or acknowledged is not acknowledged any more, also when both come at once`, () =>
    withStore(open, async ({ store }) => {
      const [one, two] = await store.addAlerts([alert(), alert({ alias: 'pi-2' })]);
      const by = (id: number, acknowledgedBy: string) =>
        store.updateAlerts([{ id, state: 'acknowledged', acknowledgedBy }]);
      const ends = store.updateAlerts([{ id: one!.id, state: 'resolved', ended: 900 }]);
      assert.deepEqual(await by(one!.id, 'session:ada'), []);
      await ends;
      assert.equal((await by(two!.id, 'session:ada')).length, 1);
      assert.deepEqual(await by(two!.id, 'session:bob'), []);
      assert.deepEqual(await store.alerts(), [
        { ...two, state: 'acknowledged', acknowledgedBy: 'session:ada' },
        { ...one, state: 'resolved', ended: 900 },
      ]);
    }));

  test(`${name}: a page has its limit; what is open is told whole`, () =>
    withStore(open, async ({ store }) => {
      await store.addAlerts(Array.from({ length: ALERTS_PAGE + 10 }, () => alert()));
      assert.equal((await store.alerts()).length, ALERTS_PAGE);
      assert.equal((await store.alerts({ state: 'open' })).length, ALERTS_PAGE + 10);
    }));
}
