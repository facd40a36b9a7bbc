const HOUR = 3_600_000;

export const RANGES = [
  ['1h', '1 h', HOUR],
  ['6h', '6 h', 6 * HOUR],
  ['24h', '24 h', 24 * HOUR],
  ['7d', '7 d', 7 * 24 * HOUR],
  ['30d', '30 d', 30 * 24 * HOUR],
] as const;
export type Preset = (typeof RANGES)[number][0];

/** What a chart shows: the last hours up to now, or from one time to another. Unix ms */
export type Range = { preset: Preset } | { since: number; until: number };

/** Shortest and longest time that a chart shows, in ms. */
export const RANGE_LEAST = 60_000;
export const RANGE_MOST = 5 * 366 * 24 * HOUR;

/** Pure. */
export function timesOf(range: Range, now: number): { since: number; until: number } {
  if ('since' in range) return range;
  const span = RANGES.find(([key]) => key === range.preset)![2];
  return { since: now - span, until: now };
}

/** A range within what can be shown, in whole ms. Pure. */
export function fitted(since: number, until: number): Range {
  const span = Math.min(RANGE_MOST, Math.max(RANGE_LEAST, until - since));
  const middle = (since + until) / 2;
  return { since: Math.max(0, Math.round(middle - span / 2)), until: Math.round(middle + span / 2) };
}

/** The range after one step: half as long, twice as long, or moved by half of it. Pure. */
export function stepped(range: Range, step: 'in' | 'out' | 'earlier' | 'later', now: number): Range {
  const { since, until } = timesOf(range, now);
  const half = (until - since) / 2;
  if (step === 'in') return fitted(since + half / 2, until - half / 2);
  if (step === 'out') return fitted(since - half, until + half);
  const by = step === 'earlier' ? -half : half;
  return fitted(since + by, until + by);
}

/** The range of an address, and how an address tells it. Pure. */
export function readRange(text: string | null): Range {
  const preset = RANGES.find(([key]) => key === text);
  if (preset) return { preset: preset[0] };
  const match = /^(\d{1,14})-(\d{1,14})$/.exec(text ?? '');
  if (match && Number(match[1]) < Number(match[2])) return fitted(Number(match[1]), Number(match[2]));
  return { preset: '6h' };
}

export const rangeText = (range: Range): string =>
  'preset' in range ? range.preset : `${range.since}-${range.until}`;
