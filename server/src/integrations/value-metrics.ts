import type { DeviceSummary } from '../fleet-list/summary.ts';
import type { LatestItem } from '../series/latest.ts';
import { type Family, heading, sample } from './prometheus-text.ts';

/** Characters of text that are handed on at once. */
const CHUNK = 16 * 1024;
/** Boards of a list that are written in one turn of the event loop. */
const BOARDS_A_TURN = 200;

const VALUE: Family = {
  ...{ name: 'perch_value', type: 'gauge' },
  help: 'What a board said last of an item; truths are 1 and 0, texts are left out',
};
const AGE: Family = {
  ...{ name: 'perch_value_age_seconds', type: 'gauge' },
  help: "Time since a value was taken, by the board's clock",
};
const ERROR: Family = {
  ...{ name: 'perch_value_error', type: 'gauge' },
  help: '1 for an item of which the board said last why it has no value',
};
const UP: Family = { name: 'perch_board_up', type: 'gauge', help: 'Whether a board is there, 1 or 0' };
const INFO: Family = { name: 'perch_board_info', type: 'gauge', help: 'What is known of a board' };

const numberOf = ({ value }: LatestItem): number | undefined =>
  typeof value === 'boolean' ? Number(value) : typeof value === 'number' ? value : undefined;

/** What a family has of an item, if anything. Pure. */
type Line = (alias: string, item: LatestItem, now: number) => string | undefined;

const VALUE_FAMILIES: readonly (readonly [Family, Line])[] = [
  [
    VALUE,
    (alias, item) => {
      const value = numberOf(item);
      const labels = { alias, item: item.name, unit: item.unit ?? '' };
      return value === undefined ? undefined : sample(VALUE.name, value, labels);
    },
  ],
  [
    AGE,
    (alias, item, now) =>
      item.value === undefined
        ? undefined
        : sample(AGE.name, Math.max(0, now - item.at) / 1000, { alias, item: item.name }),
  ],
  [
    ERROR,
    (alias, { name, error }) =>
      error === undefined ? undefined : sample(ERROR.name, 1, { alias, item: name, reason: error }),
  ],
];

export interface ValueFacts {
  /** All boards that are let in, with what they said last; asked once for each family, as its samples stand together. */
  all(): AsyncIterable<readonly [alias: string, items: readonly LatestItem[]]>;
  boards: readonly DeviceSummary[];
  /** Unix ms */
  now: number;
}

/** The metrics of all boards as text, in pieces of bounded length, so that nothing grows with the fleet. */
export async function* valueMetrics(facts: ValueFacts): AsyncGenerator<string, void, undefined> {
  for (const [family, line] of VALUE_FAMILIES) {
    let text = heading(family);
    for await (const [alias, items] of facts.all())
      for (const item of items) {
        if (item.old) continue;
        text += line(alias, item, facts.now) ?? '';
        if (text.length < CHUNK) continue;
        yield text;
        text = '';
      }
    yield text;
  }
  yield* boardMetrics(facts.boards);
}

async function* boardMetrics(boards: readonly DeviceSummary[]): AsyncGenerator<string, void, undefined> {
  const approved = boards.filter(({ status }) => status === 'approved');
  const lines: readonly (readonly [Family, (board: DeviceSummary) => string])[] = [
    [UP, ({ alias, online }) => sample(UP.name, Number(online), { alias })],
    [
      INFO,
      ({ alias, platform, version, configVersion }) =>
        sample(INFO.name, 1, { alias, platform, version, config: String(configVersion) }),
    ],
  ];
  for (const [family, line] of lines) {
    yield heading(family);
    for (let at = 0; at < approved.length; at += BOARDS_A_TURN) {
      await new Promise((resolve) => setImmediate(resolve));
      yield approved
        .slice(at, at + BOARDS_A_TURN)
        .map(line)
        .join('');
    }
  }
}
