import type { LatestItem } from '../series/latest.ts';
import { boardTopic, itemTopic, onlineTopic } from './topics.ts';

/** What a board is told to others by. */
export interface BoardView {
  alias: string;
  online: boolean;
  /** Of the agent. */
  version: string;
  platform: string;
  /** What it said last of each item, by name. */
  items: readonly LatestItem[];
  /** When the newest record was taken, Unix ms; null: there is none. */
  at: number | null;
}

/** A retained message. It is published again when its mark is another; without one, when its payload is. */
export interface BoardMessage {
  topic: string;
  payload: string;
  mark?: string;
}

const isPlain = (value: LatestItem['value']): boolean =>
  value !== undefined && (typeof value !== 'number' || Number.isFinite(value));

/** Items of which the board still tells. Pure. */
export const current = (items: readonly LatestItem[]): LatestItem[] => items.filter(({ old }) => !old);

/** Whether a board is there. Pure. */
export const onlineMessage = (prefix: string, { alias, online }: BoardView): BoardMessage => ({
  topic: onlineTopic(prefix, alias),
  payload: String(online),
});

/** All that a board said last, as JSON: {time, values, errors}. Pure. */
export function valuesMessage(prefix: string, { alias, items, at }: BoardView): BoardMessage {
  const there = current(items);
  const payload = JSON.stringify({
    time: at,
    values: Object.fromEntries(
      there.filter(({ value }) => isPlain(value)).map(({ name, value }) => [name, value]),
    ),
    errors: Object.fromEntries(
      there.flatMap(({ name, error }) => (error === undefined ? [] : [[name, error]])),
    ),
  });
  return { topic: boardTopic(prefix, alias), payload };
}

/** The mirror of a board: whether it is there, all values as JSON, and each value alone. Pure. */
export function mirrorMessages(prefix: string, board: BoardView): BoardMessage[] {
  const values = current(board.items).filter(({ value }) => isPlain(value));
  return [
    onlineMessage(prefix, board),
    ...(board.at === null ? [] : [valuesMessage(prefix, board)]),
    ...values.map(({ name, value, at }) => {
      const payload = String(value);
      // A value that came again is told again.
      return { topic: itemTopic(prefix, board.alias, name), payload, mark: `${at} ${payload}` };
    }),
  ];
}
