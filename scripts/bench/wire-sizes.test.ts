import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_CONFIG_TEXT } from '../../broker-bridge/src/config/default-config.ts';
import { itemsOf } from '../../broker-bridge/src/config/items.ts';
import { parseConfig } from '../../broker-bridge/src/config/parse.ts';
import { SAMPLE_BOARDS } from './sample-values.ts';
import { BATCH, helloSizes, recordSizes } from './wire-sizes.ts';

test('the bytes on the wire are the same in every run, and far fewer than those of JSON', () => {
  const sizes = recordSizes();
  assert.deepEqual(recordSizes(), sizes);
  assert.deepEqual(
    sizes.map(({ board, records }) => `${board} ${records}`),
    SAMPLE_BOARDS.flatMap(({ name }) => [`${name} 1`, `${name} ${BATCH}`]),
  );
  for (const { board, records, perch, json } of sizes)
    assert.ok(perch < json / 2, `${board}, ${records} records: ${perch} bytes beside ${json}`);
  for (let n = 0; n < sizes.length; n += 2)
    assert.ok(sizes[n + 1]!.perch < sizes[n]!.perch, `${sizes[n]!.board}: a record in a batch is cheaper`);
});

test('Hello has one size as well; the first one carries secret and config', () => {
  const [first, later] = [helloSizes('first'), helloSizes('later')];
  assert.deepEqual(helloSizes('first'), first);
  assert.deepEqual(helloSizes('later'), later);
  assert.equal(first.request - later.request, 18, 'a key and 16 bytes with their head');
  assert.ok(first.reply > later.reply + DEFAULT_CONFIG_TEXT.length);
});

test('the board with the default config has the items of the default config', () => {
  const parsed = parseConfig(DEFAULT_CONFIG_TEXT);
  assert.ok(parsed.ok);
  assert.deepEqual(
    SAMPLE_BOARDS.find(({ name }) => name === 'default config')?.items,
    itemsOf(parsed.config).map(({ name }) => name),
  );
});
