import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeBoot } from './boot-file.ts';
import { keepConfig, recoverConfig } from './config-snapshot.ts';
import { folder } from './testing/folder.ts';

const NAME = '0.3.0-aaaaaaaaaaaa';

test('after a rollback the old release finds the config that it had, whatever the new one was given', (t) => {
  const state = folder(t);
  const config = join(state, 'config.json');
  const notes: string[] = [];
  const recover = (): void => recoverConfig(state, (text) => notes.push(text));
  mkdirSync(join(state, 'releases', NAME), { recursive: true });
  keepConfig(state, NAME);
  recover();
  writeFileSync(config, 'of the old release');
  keepConfig(state, NAME);
  writeBoot(state, { current: NAME, previous: 'packaged', tries: 3 });
  writeFileSync(config, 'that only the new release can read');
  recover();
  assert.equal(readFileSync(config, 'utf8'), 'that only the new release can read', 'the trial goes on');
  writeBoot(state, { current: 'packaged', gaveUp: { name: NAME, why: 'tries' } });
  recover();
  assert.equal(readFileSync(config, 'utf8'), 'of the old release');
  assert.deepEqual(notes, [`the config from before ${NAME} is back`]);
  recover();
  assert.equal(notes.length, 1, 'said once');
  rmSync(config);
  recover();
  assert.equal(readFileSync(config, 'utf8'), 'of the old release');
});
