import { Type } from '@sinclair/typebox';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
type Unit = keyof typeof UNITS;

/** What a duration looks like in a config: a whole number and ms, s, m or h, without a space. */
export const DURATION_PATTERN = '^[0-9]{1,8}(ms|s|m|h)$';

export const Duration = Type.String({
  pattern: DURATION_PATTERN,
  description: 'a whole number and ms, s, m or h, such as "500ms", "10s", "5m"',
});

/** Milliseconds of a duration such as "500ms", "10s", "5m" or "24h"; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^([0-9]{1,8})(ms|s|m|h)$/.exec(text);
  return match ? Number(match[1]) * UNITS[match[2] as Unit] : undefined;
}

/** The shortest text that `parseDuration` reads back as these milliseconds (a whole number). */
export function formatDuration(ms: number): string {
  const unit = (['h', 'm', 's'] as const).find((name) => ms >= UNITS[name] && ms % UNITS[name] === 0) ?? 'ms';
  return `${ms / UNITS[unit]}${unit}`;
}

/** Milliseconds of a duration in a config that was accepted. Throws a RangeError for a text without that form. */
export function durationMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new RangeError(`"${text}" is not a duration such as "500ms", "10s" or "5m"`);
  return ms;
}
