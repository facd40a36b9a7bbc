// The attacks of a hostile broker or server, each against the real updater: the board stays on the release that it has.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import type { ErrorCode } from '@perch/broker-bridge/protocol/errors.ts';
import { packFiles } from '@perch/broker-bridge/update/metadata-blob.ts';
import { type MetadataFile, ROLES } from '@perch/broker-bridge/update/metadata-file.ts';
import { DAY, NOW, newKey } from '@perch/broker-bridge/update/testing/test-fleet.ts';
import { readBoot } from '../../agent/src/update/boot-file.ts';
import { FASTER } from './fast-timers.ts';
import { ReleaseSet, STAND_IN_BYTES, standIn } from './release-set.ts';
import { honest, install, startsNext, UpdateBoard, type UpdateServer } from './update-board.ts';

const folder = mkdtempSync(join(tmpdir(), 'perch-attacks-'));
after(() => rmSync(folder, { recursive: true }));

let made = 0;
/** Releases 0.1.0 (packaged), 0.2.0 and 0.3.0, and a board that runs 0.1.0. */
function scene(): { set: ReleaseSet; state: string } {
  made += 1;
  const set = new ReleaseSet(join(folder, `set-${made}`));
  for (const version of ['0.1.0', '0.2.0', '0.3.0']) set.add(version, standIn(version));
  const state = join(folder, `state-${made}`);
  install(state, set, '0.1.0');
  return { set, state };
}

type Attack = (set: ReleaseSet, honest: UpdateServer) => UpdateServer;

/** The board is offered 0.3.0 by a hostile server, and must end on what it had, with the reason told. */
async function fails(
  t: TestContext,
  { set, state }: { set: ReleaseSet; state: string },
  attack: Attack,
  codes: ErrorCode[],
  clock?: { clock: number | undefined },
): Promise<UpdateBoard> {
  const board = new UpdateBoard({
    ...{ set, state, version: '0.1.0' },
    server: attack(set, honest(set)),
    ...clock,
  });
  t.after(() => board.stop());
  board.updater.offer('0.3.0');
  await board.until('failure', () => board.code !== undefined);
  assert.ok(codes.includes(board.code!), `${board.code}: ${board.notes.join(' | ')}`);
  assert.equal(board.restarted, false);
  assert.deepEqual(readBoot(state), {});
  assert.equal(startsNext(state, set), '0.1.0');
  assert.ok(board.notes.length > 0, 'the reason is in the log');
  board.stop();
  return board;
}

/** After an attack the true server is believed again. */
async function recovers(t: TestContext, { set, state }: { set: ReleaseSet; state: string }): Promise<void> {
  const board = new UpdateBoard({ ...{ set, state, version: '0.1.0' }, server: honest(set) });
  t.after(() => board.stop());
  board.updater.offer('0.3.0');
  await board.until('restart', () => board.restarted);
  assert.equal(startsNext(state, set), '0.3.0');
}

/** The board hears of the newest metadata, and remembers nothing else. */
async function learns({ set, state }: { set: ReleaseSet; state: string }): Promise<void> {
  const board = new UpdateBoard({
    ...{ set, state, version: '0.1.0' },
    server: honest(set),
    launched: false,
  });
  board.updater.offer('0.3.0');
  await board.until('decline', () => board.code === 'NO_LAUNCHER');
  board.stop();
  for (const copy of ['a', 'b']) rmSync(join(state, `update-memory.${copy}`), { force: true });
}

/** Metadata as they travel. */
const pack = (files: readonly MetadataFile[]): Uint8Array =>
  packFiles(
    [...files].sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role)).map(({ bytes }) => bytes),
  );

describe('what is signed', () => {
  let frozen: ReturnType<typeof scene>;
  before(() => {
    frozen = scene();
  });

  test('freeze: metadata past its date is refused, by a board that knows the time and by one that knew it once', async (t) => {
    const { set } = frozen;
    await fails(t, frozen, (_, server) => server, ['EXPIRED'], { clock: NOW + 400 * DAY });
    await learns(frozen);
    set.fleet.expires.timestamp = NOW - DAY;
    set.fleet.publish('timestamp');
    await fails(t, frozen, (_, server) => server, ['EXPIRED'], { clock: undefined });
    set.fleet.expires.timestamp = NOW + DAY;
    set.fleet.publish('timestamp');
    await recovers(t, frozen);
  });

  test('rollback: older metadata than the board has seen is refused, though its signatures are good', async (t) => {
    const one = scene();
    const old = [...one.set.fleet.files];
    one.set.add('0.4.0', standIn('0.4.0'));
    await learns(one);
    const attack: Attack = (_, server) => ({
      ...server,
      async prepared(question) {
        const answer = await server.prepared(question);
        return { ...answer, metadata: pack(old.filter(({ role }) => role !== 'root')) };
      },
    });
    await fails(t, one, attack, ['OLD_METADATA']);
    await recovers(t, one);
  });

  test('mix and match: files that do not belong together are refused', async (t) => {
    const one = scene();
    const old = [...one.set.fleet.files];
    one.set.add('0.4.0', standIn('0.4.0'));
    const attack: Attack = (set, server) => ({
      ...server,
      async prepared(question) {
        const answer = await server.prepared(question);
        const files = set.fleet.files.map((file) =>
          file.role === 'targets' ? old.find(({ role }) => role === 'targets')! : file,
        );
        return { ...answer, metadata: pack(files) };
      },
    });
    await fails(t, one, attack, ['MIXED_METADATA', 'OLD_METADATA', 'WRONG_HASH']);
    await recovers(t, one);
  });

  test('stolen online keys: new targets need the owner, however good the timestamp and snapshot are', async (t) => {
    const one = scene();
    const { fleet } = one.set;
    one.set.releases.get('0.3.0')!.target.sha256 = 'e'.repeat(64);
    fleet.signers.targets = [newKey()];
    fleet.publish('targets', 'snapshot', 'timestamp');
    await fails(t, one, (_, server) => server, ['BAD_SIGNATURE']);
  });

  test('another fleet: a server with a root of its own is not believed at all', async (t) => {
    const one = scene();
    const other = scene();
    await fails(t, one, (_, server) => ({ ...server, prepared: honest(other.set).prepared }), [
      'BAD_SIGNATURE',
    ]);
    await recovers(t, one);
  });

  test('an unknown release and one of another platform are no targets', async (t) => {
    const one = scene();
    one.set.releases.get('0.3.0')!.target.platform = 'linux-arm64';
    one.set.fleet.publish('targets', 'snapshot', 'timestamp');
    await fails(t, one, (_, server) => server, ['NO_TARGET']);
  });

  test('metadata that unpack without end, or that are none, stop at their limit', async (t) => {
    const bomb = zstdCompressSync(Buffer.alloc(64 * 1024 * 1024, 0x20));
    for (const [metadata, codes] of [
      [bomb, ['TOO_LONG', 'MALFORMED']],
      [Buffer.from('no zstd'), ['MALFORMED']],
      [zstdCompressSync(Buffer.from('{"signed":{}}')), ['MALFORMED']],
      [zstdCompressSync(Buffer.from('\n\n\n')), ['MALFORMED']],
    ] as const)
      await fails(t, scene(), (_, server) => ({ ...server, prepared: async () => ({ metadata }) }), [
        ...codes,
      ]);
  });
});

describe('what carries it', () => {
  /** Frames of something else than was told. */
  const instead =
    (bytes: (object: Buffer) => Uint8Array, told: (length: number) => number = (length) => length): Attack =>
    (_, server) => ({
      async prepared(question) {
        const answer = await server.prepared(question);
        return { ...answer, object: { ...answer.object!, length: told(answer.object!.length) } };
      },
      async frame(object, offset, length) {
        const true_ = await server.frame(object, 0, 2 ** 30);
        return bytes(Buffer.from(true_)).subarray(offset, offset + length);
      },
    });

  test('bytes that are not those of the object are found out, and the full form is tried before it is given up', async (t) => {
    const attack = instead((object) => {
      object[object.length >> 1]! ^= 1;
      return object;
    });
    const board = await fails(t, scene(), attack, ['WRONG_HASH']);
    assert.match(board.notes.join('\n'), /the object of 0\.3\.0 is bad/);
  });

  test('a patch that makes something else than what is signed never becomes executable', async (t) => {
    const one = scene();
    const attack: Attack = (_, server) => ({
      ...server,
      // The object of another release, honestly hashed.
      prepared: async (question) => ({
        ...(await server.prepared(question)),
        object: (await server.prepared({ ...question, version: '0.2.0' })).object!,
      }),
    });
    await fails(t, one, attack, ['WRONG_HASH', 'WRONG_LENGTH', 'MALFORMED']);
    const releases = join(one.state, 'releases');
    assert.deepEqual(existsSync(releases) ? readdirSync(releases) : [], []);
    await recovers(t, one);
  });

  test('endless data and wrong lengths stop at what is signed', async (t) => {
    const one = scene();
    const board = await fails(
      t,
      one,
      instead(
        (object) => object,
        () => 200 * 1024 * 1024,
      ),
      ['TOO_LONG'],
    );
    assert.equal(board.bytes, 0, 'nothing was fetched');
    const two = scene();
    await fails(
      t,
      two,
      instead(
        (object) => Buffer.concat([object, Buffer.alloc(STAND_IN_BYTES)]),
        () => STAND_IN_BYTES,
      ),
      ['WRONG_HASH', 'TOO_LONG', 'MALFORMED', 'WRONG_LENGTH'],
    );
  });

  test('a base that rotted on the board gets the full form', async (t) => {
    const one = scene();
    const path = join(one.state, 'packaged-agent');
    const bytes = readFileSync(path);
    bytes[bytes.length - 1000]! ^= 4;
    writeFileSync(path, bytes);
    await recovers(t, one);
  });
});

describe('the round', () => {
  test('a release that is offered again and again while it is in hand costs nothing', async (t) => {
    const one = scene();
    const board = new UpdateBoard({ ...one, version: '0.1.0', server: honest(one.set) });
    t.after(() => board.stop());
    await one.set.object('0.3.0', one.set.of('0.1.0').target.sha256);
    for (let times = 0; times < 100; times++) board.updater.offer('0.3.0');
    await board.until('restart', () => board.restarted);
    assert.equal(board.asked, 1);
  });

  test('a transfer that one server began goes on at another, which has the same object', async (t) => {
    const one = scene();
    const object = await one.set.object('0.3.0', undefined);
    const first = honest(one.set);
    let sent = 0;
    const dying: UpdateServer = {
      prepared: ({ have: _, ...question }) => first.prepared(question),
      async frame(sha256, offset, length) {
        sent += length;
        if (sent > object.bytes.length / 2) return new Promise(() => {});
        return first.frame(sha256, offset, length);
      },
    };
    const board = new UpdateBoard({ ...one, version: '0.1.0', server: dying });
    board.updater.offer('0.3.0');
    await board.until('half', () => sent > object.bytes.length / 2);
    board.stop();
    const other = new UpdateBoard({ ...one, version: '0.1.0', server: honest(one.set) });
    t.after(() => other.stop());
    other.updater.resume();
    await other.until('restart', () => other.restarted);
    assert.equal(startsNext(one.state, one.set), '0.3.0');
    assert.ok(board.bytes + other.bytes < object.bytes.length * 1.6, 'what was journalled is not sent again');
    assert.equal(other.asked, 0, 'nor is it asked for the way');
  });

  test('progress is told in steps, as each one is a write to the server', async (t) => {
    const one = scene();
    const object = await one.set.object('0.3.0', undefined);
    const board = new UpdateBoard({
      ...{ ...one, version: '0.1.0', maxRate: 16 * 1024 },
      server: {
        ...honest(one.set),
        prepared: ({ have: _, ...question }) => honest(one.set).prepared(question),
      },
    });
    t.after(() => board.stop());
    const told = new Set<number>();
    board.updater.offer('0.3.0');
    await board.until('restart', () => {
      const percent = board.updater.report()?.percent;
      if (percent !== undefined) told.add(percent);
      return board.restarted;
    });
    assert.ok(object.bytes.length > 500_000);
    assert.ok([...told].every((percent) => percent % 10 === 0) && told.size > 2, [...told].join());
  });

  test('the way back is declined until the owner signs it', async (t) => {
    const one = scene();
    const { set } = one;
    install(one.state, set, '0.3.0');
    const board = new UpdateBoard({ ...one, version: '0.3.0', server: honest(set) });
    t.after(() => board.stop());
    board.updater.offer('0.2.0');
    await board.until('decline', () => board.code === 'OLD_RELEASE');
    set.of('0.2.0').target.mayReplace = 3;
    set.fleet.publish('targets', 'snapshot', 'timestamp');
    board.updater.offer('0.2.0');
    await board.until('restart', () => board.restarted);
    assert.equal(startsNext(one.state, set), '0.2.0');
  });

  test('a server that is always still making the object keeps the board waiting, at its own pace', async (t) => {
    const one = scene();
    await one.set.object('0.3.0', one.set.of('0.1.0').target.sha256);
    const server: UpdateServer = {
      ...honest(one.set),
      prepared: async (question) => {
        const { object: _, ...answer } = await honest(one.set).prepared(question);
        return { ...answer, wait: 0 };
      },
    };
    const board = new UpdateBoard({ ...one, version: '0.1.0', server });
    t.after(() => board.stop());
    board.updater.offer('0.3.0');
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.ok(board.asked <= (200 * FASTER) / 1_000 + 2, `asked ${board.asked} times`);
    assert.equal(startsNext(one.state, one.set), '0.1.0');
  });
});
