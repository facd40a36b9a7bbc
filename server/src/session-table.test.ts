import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Session } from '@perch/broker-bridge/protocol/session.ts';
import { ALIASES_LIMIT, GREETED_PER_ALIAS, type Peer, SessionTable, WAITING_LIMIT } from './session-table.ts';

let serial = 0;
function peer(alias = 'pi-1', clock = 0): Peer {
  serial += 1;
  const tag = Buffer.alloc(4);
  tag.writeUInt32BE(serial);
  return {
    session: { tag } as unknown as Session,
    alias,
    key: new Uint8Array(32),
    platform: 'linux-arm64',
    stream: '00'.repeat(8),
    ephemeral: serial.toString(16).padStart(64, '0'),
    hello: { clock } as Peer['hello'],
    told: { version: '0.1.0', configVersion: 0 },
    lastSeen: 0,
    boot: 'b0'.repeat(16),
    fresh: true,
    per: 0,
    gone: false,
    behindNoted: false,
  };
}
const tag = (one: Peer): Uint8Array => one.session.tag;

test('a session is greeted until its first message, then live', () => {
  const table = new SessionTable();
  const one = peer();
  assert.equal(table.phase('pi-1'), 'none');
  table.greet(one);
  assert.equal(table.phase('pi-1'), 'greeted');
  assert.equal(table.find('pi-1', tag(one))?.phase, 'greeted');
  assert.equal(table.confirm(one), true);
  assert.equal(table.confirm(one), false, 'only once');
  assert.equal(table.find('pi-1', tag(one))?.phase, 'live');
  assert.equal(table.find('pi-2', tag(one)), undefined, 'a tag counts for its alias only');
});

test('Hellos, which can be replayed, leave the live session where it is', () => {
  const table = new SessionTable();
  const live = peer();
  table.greet(live);
  table.confirm(live);
  for (let i = 0; i < GREETED_PER_ALIAS * 3; i++) table.greet(peer());
  assert.equal(table.find('pi-1', tag(live))?.peer, live);
  assert.equal(table.reachable('pi-1'), live);
});

test('a session that proves itself replaces the live one and all that were only greeted', () => {
  const table = new SessionTable();
  const [before, replayed, next] = [peer(), peer(), peer()];
  table.greet(before);
  table.confirm(before);
  table.greet(replayed);
  table.greet(next);
  table.confirm(next);
  assert.equal(table.find('pi-1', tag(before)), undefined);
  assert.equal(table.find('pi-1', tag(replayed)), undefined);
  assert.deepEqual(table.live(), [next]);
});

test('unproved sessions are bounded; the oldest goes first', () => {
  const table = new SessionTable();
  const peers = Array.from({ length: GREETED_PER_ALIAS + 1 }, () => peer());
  for (const one of peers) table.greet(one);
  assert.equal(table.find('pi-1', tag(peers[0]!)), undefined);
  assert.ok(peers.slice(1).every((one) => table.find('pi-1', tag(one)) !== undefined));
});

test('recordings of earlier Hellos, which anybody may replay, do not push out the one that was just said', () => {
  const table = new SessionTable();
  const now = peer('pi-1', 5_000);
  table.greet(now);
  for (let clock = 1; clock <= GREETED_PER_ALIAS * 2; clock++) table.greet(peer('pi-1', clock));
  assert.equal(table.find('pi-1', tag(now))?.peer, now);
});

test('a board whose clock went back is not locked out by the Hellos of before', () => {
  const table = new SessionTable();
  for (let clock = 5_000; clock < 5_000 + GREETED_PER_ALIAS; clock++) table.greet(peer('pi-1', clock));
  const back = peer('pi-1', 0);
  table.greet(back);
  assert.equal(table.find('pi-1', tag(back))?.peer, back);
});

test('a Hello whose keys are there is known, while they are there', () => {
  const table = new SessionTable();
  const one = peer();
  assert.equal(table.isKnown('pi-1', one.ephemeral), false);
  table.greet(one);
  assert.equal(table.isKnown('pi-1', one.ephemeral), true);
  assert.equal(table.isKnown('pi-2', one.ephemeral), false);
  table.confirm(one);
  assert.equal(table.isKnown('pi-1', one.ephemeral), true);
  table.end(one);
  assert.equal(table.isKnown('pi-1', one.ephemeral), false);
});

test('a session that ends is gone, and its alias with the last of them', () => {
  const table = new SessionTable();
  const [live, greeted] = [peer(), peer()];
  table.greet(live);
  table.confirm(live);
  table.greet(greeted);
  table.end(live);
  assert.equal(table.phase('pi-1'), 'greeted');
  table.end(greeted);
  assert.deepEqual([table.phase('pi-1'), table.aliases()], ['none', []]);
});

test('aliases are bounded', () => {
  const table = new SessionTable();
  for (let i = 0; i <= ALIASES_LIMIT; i++) table.greet(peer(`pi-${i}`));
  assert.equal(table.phase('pi-0'), 'none');
  assert.equal(table.phase('pi-1'), 'greeted');
  assert.equal(table.aliases().length, ALIASES_LIMIT);
});

test('boards that wait for approval are remembered by their last handshake, a bounded number of them', () => {
  const table = new SessionTable();
  table.wait('pi-0', Uint8Array.of(1));
  table.wait('pi-0', Uint8Array.of(2));
  assert.deepEqual(table.waiting('pi-0'), Uint8Array.of(2));
  for (let i = 1; i <= WAITING_LIMIT; i++) table.wait(`pi-${i}`, Uint8Array.of(3));
  assert.equal(table.waiting('pi-0'), undefined);
  table.greet(peer('pi-1'));
  assert.equal(table.waiting('pi-1'), undefined, 'who is let in waits no more');
});
