import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Message, MessageOf } from '@perch/broker-bridge/protocol/messages.ts';
import type { StoredObject } from './store/contract.ts';
import { FETCHES_LIMIT, LINK_BYTES_LIMIT, UpdateDesk } from './update-desk.ts';

const OBJECT: StoredObject = {
  targetSha256: 'a'.repeat(64),
  baseSha256: '',
  sha256: 'c'.repeat(64),
  length: 1_000_000,
  created: 0,
};
const FRAME = 65_536;
const FETCH: MessageOf<'fetch'> = {
  name: 'fetch',
  object: Buffer.from(OBJECT.sha256, 'hex'),
  frame: FRAME,
  offsets: [0, FRAME, 2 * FRAME, 3 * FRAME],
};

/** A desk whose link takes bytes only when `drain` says so. */
function setUp(rate = 1e12) {
  const link = { waiting: 0, most: 0 };
  const desk = new UpdateDesk({
    metadata: async () => new Uint8Array(),
    releases: () => [],
    find: () => ({ wait: 1 }),
    object: (sha256) => (sha256 === OBJECT.sha256 ? { object: OBJECT, platform: 'linux-arm64' } : undefined),
    readObject: async (_, __, length) => new Uint8Array(length),
    waiting: () => link.waiting,
    rate,
  });
  const sent: string[] = [];
  const fetch = (alias: string): Promise<void> =>
    desk.fetch(alias, 'linux-arm64', FETCH, 1, (message: Message) => {
      assert.ok(message.name === 'executableBytes');
      link.waiting += message.bytes.length;
      link.most = Math.max(link.most, link.waiting);
      sent.push(alias);
    });
  return { link, fetch, sent };
}

test('frames of all boards take turns, so that none waits for the whole of another', async () => {
  const { link, fetch, sent } = setUp();
  const drain = setInterval(() => {
    link.waiting = Math.max(0, link.waiting - 2 * FRAME);
  }, 1);
  try {
    await Promise.all(['a', 'b', 'c'].map(fetch));
  } finally {
    clearInterval(drain);
  }
  assert.deepEqual(sent, ['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c']);
});

test('a link that takes nothing gets no more frames than its share: answers to records must get through', async () => {
  const { link, fetch, sent } = setUp();
  const served = Promise.all(Array.from({ length: 50 }, (_, index) => fetch(`board-${index}`)));
  await sleep(50);
  assert.ok(link.most <= LINK_BYTES_LIMIT + FRAME, `${link.most} bytes wait`);
  const before = sent.length;
  await sleep(20);
  assert.equal(sent.length, before);
  const drain = setInterval(() => {
    link.waiting = 0;
  }, 1);
  try {
    await served;
  } finally {
    clearInterval(drain);
  }
  assert.equal(sent.length, 50 * FETCH.offsets.length);
});

test('all boards together get no more a second than the server gives to updates', async () => {
  const rate = 20 * FRAME * 10;
  const { link, fetch, sent } = setUp(rate);
  link.waiting = Number.NEGATIVE_INFINITY;
  const began = performance.now();
  await Promise.all(Array.from({ length: 20 }, (_, index) => fetch(`board-${index}`)));
  const seconds = (performance.now() - began) / 1000;
  assert.ok((sent.length * FRAME) / seconds <= rate * 1.05, `${sent.length} frames in ${seconds} s`);
});

test('so many boards are served at once; the next one is told to come again, and so is a second fetch of one board', async () => {
  const { link, fetch } = setUp();
  link.waiting = LINK_BYTES_LIMIT + 1;
  const served = Array.from({ length: FETCHES_LIMIT }, (_, index) => fetch(`board-${index}`));
  await assert.rejects(fetch('board-0'), { code: 'BUSY', message: /one fetch at a time/ });
  await assert.rejects(fetch('late'), { code: 'BUSY', message: /256 boards/ });
  const drain = setInterval(() => {
    link.waiting = 0;
  }, 1);
  try {
    await Promise.all(served);
  } finally {
    clearInterval(drain);
  }
  link.waiting = Number.NEGATIVE_INFINITY;
  await fetch('late');
});
