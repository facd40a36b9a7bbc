import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FleetEvent } from '../api-types.ts';
import { EVENTS_SHOWN, joined } from './event-pages.ts';

const events = (from: number, to: number): FleetEvent[] =>
  Array.from({ length: from - to + 1 }, (_, at) => ({
    ...{ id: from - at, at: 0, actor: 'server', kind: 'x', text: '' },
  }));
const ids = (list: FleetEvent[]): number[] => list.map(({ id }) => id);

test('what happens stands before the page, what is older behind it, each once', () => {
  const page = { events: events(6, 5), next: 5 };
  const older = { after: page, events: events(4, 3), next: 3 };
  const all = joined(page, events(8, 6), older);
  assert.deepEqual(ids(all.events), [8, 7, 6, 5, 4, 3]);
  assert.equal(all.next, 3);
  assert.equal(joined(page, [], { ...older, next: null }).next, null);
});

test('older events that come late stand under no other page', () => {
  const before = { events: events(6, 5), next: 5 };
  const now = { events: events(60, 59), next: 59 };
  const all = joined(now, [], { after: before, events: events(4, 3), next: 3 });
  assert.deepEqual(ids(all.events), [60, 59]);
  assert.equal(all.next, 59);
});

test('no more is kept than one scrolls through', () => {
  const page = { events: events(6_000, 5_901), next: 5_901 };
  const all = joined(page, [], { after: page, events: events(5_900, 1), next: 1 });
  assert.equal(all.events.length, EVENTS_SHOWN);
  assert.equal(all.next, null);
});
