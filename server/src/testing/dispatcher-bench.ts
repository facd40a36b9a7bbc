import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { primitives } from '@perch/broker-bridge/crypto.ts';
import { decodeMessage, encodeMessage } from '@perch/broker-bridge/protocol/codec.ts';
import { decodeEnvelope, type Envelope, encodeEnvelope } from '@perch/broker-bridge/protocol/envelope.ts';
import { Handshake, prologueOf } from '@perch/broker-bridge/protocol/handshake.ts';
import type { Message, MessageOf } from '@perch/broker-bridge/protocol/messages.ts';
import { Session } from '@perch/broker-bridge/protocol/session.ts';
import { requestTopic } from '@perch/broker-bridge/protocol/topics.ts';
import { sha256Hex } from '@perch/broker-bridge/release.ts';
import { Dispatcher } from '../dispatcher.ts';
import type { DispatcherOptions } from '../dispatcher-options.ts';
import { FleetView } from '../fleet-view.ts';
import { RolloutEngine } from '../rollout/engine.ts';
import type { Release, Store, StoredObject } from '../store/contract.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { UpdateDesk, type UpdateDeskOptions } from '../update-desk.ts';

export const PREFIX = 'perch/v1';
export const OBJECT = Uint8Array.from({ length: 5000 }, (_, index) => index % 251);
export const RELEASE: Release = {
  platform: 'linux-arm64',
  version: '0.2.0',
  sequence: 2,
  length: 9000,
  sha256: '00'.repeat(32),
  indexSha256: '01'.repeat(32),
  created: 0,
};

/** What carries it. */
export const STORED: StoredObject = {
  targetSha256: RELEASE.sha256,
  baseSha256: '',
  sha256: sha256Hex(OBJECT),
  length: OBJECT.length,
  created: 0,
};
/** Packed metadata as they come from the keeper. */
export const METADATA = Uint8Array.of(1, 2, 3);

/** What a board says of itself in Hello, unless told. */
export const HELLO: MessageOf<'helloServer'> = {
  name: 'helloServer',
  version: '0.1.0',
  platform: 'linux-arm64',
  configVersion: 0,
  bootId: new Uint8Array(16),
  stream: new Uint8Array(8),
  clock: 0,
  synchronised: true,
};

/** Pages of a database that holds nothing. */
async function emptyPages(dir: string): Promise<number> {
  const path = join(dir, 'empty.db');
  await (await openSqliteStore(path)).close();
  const db = new DatabaseSync(path);
  const pages = Number(db.prepare('PRAGMA page_count').get()?.page_count);
  db.close();
  return pages;
}

/** A dispatcher on a real database, with a clock of the test's own, and boards that a test plays by hand. */
export async function setUp(
  t: TestContext,
  {
    room,
    ...own
  }: Partial<DispatcherOptions> & {
    wrap?: (store: Store) => Store;
    /** Pages of 4 KiB that the disk has beside an empty database. */
    room?: number;
    readObject?: UpdateDeskOptions['readObject'];
  } = {},
) {
  const dir = await mkdtemp(join(tmpdir(), 'perch-dispatcher-'));
  const path = join(dir, 'perch.db');
  const real = await openSqliteStore(
    path,
    room === undefined ? {} : { maxPages: (await emptyPages(dir)) + room },
  );
  t.after(async () => {
    await real.close();
    await rm(dir, { recursive: true, force: true });
  });
  const store = own.wrap?.(real) ?? real;
  const clock = { now: 1_760_000_000_000 };
  const view = await FleetView.load(store, () => clock.now);
  const rollouts = await RolloutEngine.load({ store, now: () => clock.now, note() {} });
  const identity = primitives.generateKeyPair();
  const out: Uint8Array[] = [];
  const notes: string[] = [];
  const dispatcher = new Dispatcher({
    store,
    view,
    primitives,
    identity,
    prefix: PREFIX,
    publish: (_topic, payload) => out.push(payload),
    rollouts,
    updates: new UpdateDesk({
      metadata: async () => METADATA,
      releases: () => view.releases,
      find: (target) => (target.version === RELEASE.version ? { object: STORED } : { wait: 7000 }),
      object: (sha256) =>
        sha256 === STORED.sha256 ? { object: STORED, platform: RELEASE.platform } : undefined,
      readObject: own.readObject ?? (async (_, offset, length) => OBJECT.subarray(offset, offset + length)),
      waiting: () => 0,
    }),
    now: () => clock.now,
    sha256Hex,
    onNote: ({ text }) => notes.push(text),
    ...own,
  });
  const answers = <T extends Envelope['type']>(type: T): Extract<Envelope, { type: T }> => {
    const payload = out.shift();
    assert.ok(payload, `the server sent a ${type}`);
    const envelope = decodeEnvelope(payload, 'server');
    assert.equal(envelope.type, type);
    return envelope as Extract<Envelope, { type: T }>;
  };
  const handle = (alias: string, payload: Uint8Array) =>
    dispatcher.handle(requestTopic(PREFIX, alias), payload);

  /** A board that a test plays by hand. */
  const board = (alias = 'pi-1', key = primitives.generateKeyPair()) => {
    let session: Session | undefined;
    const hello = (more: Partial<MessageOf<'helloServer'>> = {}, inside?: Message) => {
      const handshake = new Handshake(primitives, {
        role: 'initiator',
        prologue: prologueOf(alias),
        s: key,
        rs: identity.publicKey,
      });
      const message: Message = inside ?? { ...HELLO, ...more };
      const payload = encodeEnvelope({ type: 'hello', noise: handshake.write(encodeMessage(message)) });
      const finish = (): Message => {
        const reply = decodeMessage(handshake.read(answers('helloReply').noise), 'server');
        session = new Session(handshake.split(), 'agent', alias);
        return reply;
      };
      return { payload, finish };
    };
    return {
      key,
      hello,
      async approve() {
        await store.notePending(
          { alias, key: key.publicKey, platform: 'linux-arm64', version: '0.1.0' },
          clock.now,
        );
        await store.approve(alias);
        await view.refreshDevice(alias);
        await rollouts.reload();
      },
      async greet(more: Partial<MessageOf<'helloServer'>> = {}) {
        const { payload, finish } = hello(more);
        await handle(alias, payload);
        return finish();
      },
      seal: (message: Message) => session!.seal(message),
      send: async (message: Message) => {
        const { counter, payload } = session!.seal(message);
        await handle(alias, payload);
        return counter;
      },
      open: () => session!.open(answers('sealed')),
    };
  };
  return { path, store, view, dispatcher, clock, out, notes, answers, handle, board };
}

export const report = (...numbers: number[]): MessageOf<'monitorRecord'> => ({
  name: 'monitorRecord',
  version: '0.1.0',
  configVersion: 1,
  records: numbers.map((number) => ({
    number,
    timestamp: number,
    per: 1000,
    values: new Map([['n', number]]),
  })),
});
