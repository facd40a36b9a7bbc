import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as timers from '@perch/broker-bridge/protocol/agent-rounds.ts';
import { ERRORS } from '@perch/broker-bridge/protocol/errors.ts';
import type { Fields, FieldType } from '@perch/broker-bridge/protocol/fields.ts';
import * as limits from '@perch/broker-bridge/protocol/limits.ts';
import {
  GAP_REASONS,
  MESSAGES,
  RESTART_REASONS,
  UPDATE_STATES,
} from '@perch/broker-bridge/protocol/messages.ts';
import * as values from '@perch/broker-bridge/protocol/values.ts';
import { PREPARE_TIMEOUT_MS } from '../../agent/src/update/asker.ts';
import { FRAMES_TIMEOUT_MS } from '../../agent/src/update/transfer.ts';
import { HELLO_RATE, HINT_RATE } from '../../server/src/dispatcher.ts';
import { LOADED_WAIT_MS, UNLOADED_ROWS } from '../../server/src/ok.ts';
import { GREETED_PER_ALIAS } from '../../server/src/session-table.ts';
import { WAITING_ROWS_LIMIT } from '../../server/src/store/group-commit.ts';

const book = readFileSync(new URL('../../firmware-notes/wire.md', import.meta.url), 'utf8');

/** The text under a heading, up to the next one. */
function section(heading: string): string {
  const parts = book.split(/^(?=##+ )/m).filter((part) => part.startsWith(`${heading}\n`));
  assert.equal(parts.length, 1, `wire.md has one heading "${heading}"`);
  return parts[0]!;
}

/** The rows of the tables under a heading, without heads, as cells. */
const rows = (heading: string): string[][] =>
  section(heading)
    .split('\n')
    .filter(
      (line, index, all) => line.startsWith('|') && !/^\|-/.test(line) && !/^\|-/.test(all[index + 1] ?? ''),
    )
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

const STRUCTURES: Record<string, FieldType> = {
  update: MESSAGES.helloServer.fields.update.type,
  refusal: MESSAGES.helloServer.fields.refused.type,
  config: MESSAGES.helloClient.fields.config.type,
  object: MESSAGES.prepared.fields.object.type,
  record: MESSAGES.monitorRecord.fields.records.type.of,
  gap: MESSAGES.monitorRecord.fields.gaps.type.of,
  restart: MESSAGES.helloServer.fields.restart.type,
};

function typeCell(type: FieldType): string {
  switch (type.t) {
    case 'struct':
      return Object.keys(STRUCTURES).find((name) => STRUCTURES[name] === type)!;
    case 'list':
      return `list of ${typeCell(type.of)}`;
    case 'values':
      return 'value map';
    case 'reasons':
      return 'reason map';
    default:
      return type.t;
  }
}

function limitCell(type: FieldType): string {
  switch (type.t) {
    case 'uint':
      return `0 to ${type.max}`;
    case 'text':
      return `0 to ${type.max} bytes`;
    case 'bytes':
      return type.min === type.max ? `${type.max} bytes` : `${type.min} to ${type.max} bytes`;
    case 'list': {
      const each = limitCell(type.of);
      return `0 to ${type.max}${each === '-' ? '' : `, each ${each}`}`;
    }
    case 'values':
    case 'reasons':
      return `0 to ${values.ITEMS_LIMIT}`;
    default:
      return '-';
  }
}

const fieldRows = (fields: Fields): string[][] =>
  Object.entries(fields).map(([name, { key, type, optional }]) => [
    String(key),
    name,
    typeCell(type),
    limitCell(type),
    optional ? 'yes' : 'no',
  ]);
const firstCells = (heading: string, count: number): string[][] =>
  rows(heading).map((cells) => cells.slice(0, count));

for (const [name, { kind, from, fields }] of Object.entries(MESSAGES))
  test(`wire.md tells ${name} as the code has it`, () => {
    assert.deepEqual(firstCells(`### ${name}, kind ${kind}, from the ${from}`, 5), fieldRows(fields));
  });

test('wire.md has no message and no structure that the code does not have', () => {
  const messages = [...book.matchAll(/^### (\w+), kind/gm)].map(([, name]) => name);
  assert.deepEqual(messages, Object.keys(MESSAGES));
  const structures = [...book.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
  assert.deepEqual(structures, Object.keys(STRUCTURES));
});

for (const [name, type] of Object.entries(STRUCTURES))
  test(`wire.md tells the structure ${name} as the code has it`, () => {
    assert.ok(type.t === 'struct');
    const fields = rows(`### ${name}`).filter(([key]) => /^[0-9]+$/.test(key!));
    assert.deepEqual(
      fields.map((cells) => cells.slice(0, 5)),
      fieldRows(type.fields),
    );
  });

test('wire.md lists every limit', () => {
  const numbers = [...Object.entries(limits), ...Object.entries(values)].filter(
    ([, value]) => typeof value === 'number',
  );
  assert.deepEqual(
    firstCells('## Limits', 2),
    numbers.map(([name, value]) => [name, String(value)]),
  );
});

test('wire.md lists every error and every reason', () => {
  assert.deepEqual(
    firstCells('## Errors', 4),
    Object.entries(ERRORS).map(([code, { number, retry, what }]) => [
      String(number),
      code,
      retry ? 'yes' : 'no',
      what,
    ]),
  );
  assert.deepEqual(
    firstCells('### Value map and reason map', 2),
    Object.entries(values.REASONS).map(([reason, number]) => [String(number), reason]),
  );
});

test('wire.md lists every timer of the rounds', () => {
  const spans = { ...timers, PREPARE_TIMEOUT_MS, FRAMES_TIMEOUT_MS };
  const expected = Object.entries(spans).flatMap(([name, value]) => {
    if (typeof value === 'number') return [[name, String(value)]];
    return 'least' in value ? [[name, String(value.least), String(value.most)]] : [];
  });
  const told = rows('## Timers of the agent').map((cells) => cells.slice(0, cells.length === 4 ? 3 : 2));
  const byName = (a: string[], b: string[]) => (a[0]! < b[0]! ? -1 : 1);
  assert.deepEqual(told.sort(byName), expected.sort(byName));
});

test('the numbers in the sentences of wire.md are those of the code', () => {
  const { perAlias, inAll } = HELLO_RATE;
  const flat = book.replace(/\s+/g, ' ');
  for (const sentence of [
    `answers ${perAlias.burst} Hellos per alias at once and ${perAlias.perSecond} per second, ${inAll.burst} and ${inAll.perSecond} in all`,
    `keeps up to ${GREETED_PER_ALIAS} unproved sessions per alias`,
    `At most one per alias in ${1 / HINT_RATE.perSecond} seconds`,
    `is its number, 0 to ${values.ITEMS_LIMIT - 1};`,
    `1 to ${values.ITEM_NAME_LIMIT} bytes such as`,
    `a text of up to ${values.TEXT_VALUE_LIMIT} bytes`,
    ...[UPDATE_STATES, GAP_REASONS, RESTART_REASONS].map((names) =>
      names.map((name, index) => `${index} ${name}`).join(', '),
    ),
    `none up to ${UNLOADED_ROWS} rows, then evenly up to ${LOADED_WAIT_MS} ms at ${WAITING_ROWS_LIMIT} rows`,
  ])
    assert.ok(flat.includes(sentence), sentence);
});
