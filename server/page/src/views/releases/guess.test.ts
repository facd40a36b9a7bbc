import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guessOf } from './guess.ts';

test("a file's name says what it can", () => {
  assert.deepEqual(guessOf('perch-agent-linux-arm64'), { platform: 'linux-arm64' });
  assert.deepEqual(guessOf('perch-agent-linux-x64-0.3.0'), { platform: 'linux-x64', version: '0.3.0' });
  assert.deepEqual(guessOf('perch-agent_1.20.3_linux-armv7'), { platform: 'linux-armv7', version: '1.20.3' });
  assert.deepEqual(guessOf('a.out'), {});
});
