import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BUILD_PLATFORMS } from '../build/targets.ts';
import { lackingFor } from '../test/programs.ts';
import { embeddedBroker, House } from './house.ts';

const skip = BUILD_PLATFORMS.map(lackingFor).find((why) => why !== false) ?? false;

test('connected boards of each platform are told at once of their own release, and of no other', {
  timeout: 500_000,
  skip,
}, async (t) => {
  const house = new House(await embeddedBroker());
  t.after(() => house.close());
  await house.open();
  const boards = BUILD_PLATFORMS.map((platform) => ({
    platform,
    board: house.board(platform.replace('linux-', 'pi-'), platform),
  }));
  for (const { board } of boards) {
    await board.enrol();
    await board.start();
    await house.untilRecord(board.alias, () => true, `a record of ${board.alias}`);
  }
  const published = new Set<string>();
  for (const { platform, board } of boards) {
    await house.publish(platform, '0.2.0');
    published.add(platform);
    await board.says('release 0.2.0 is in force', 300_000);
    await house.untilRecord(
      board.alias,
      (one) => one.version === '0.2.0',
      `a record of 0.2.0 on ${platform}`,
    );
    assert.equal(readdirSync(join(board.state, 'releases')).length, 1);
    for (const other of boards)
      if (!published.has(other.platform))
        assert.doesNotMatch(other.board.output, /fetching release/, `${other.platform} is left alone`);
  }
  const counters = await house.rounds();
  // Told unasked, while nothing of the board was under way.
  assert.ok((counters['Version Mismatch 1'] ?? 0) >= 2, JSON.stringify(counters));
  assert.equal(counters['Hello 2a Version Mismatch'], undefined);
  for (const { board } of boards) assert.equal(await board.stop(), 0);
});
