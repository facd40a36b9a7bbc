const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What stands for a time that none can be: further from 1970 than a Date reaches (ECMA-262, section 21.4.1.1). */
const NO_TIME = '–';
const FARTHEST = 8.64e15;
/** True for Unix ms that are a time. Pure. */
export const isTime = (at: number): boolean => Math.abs(at) <= FARTHEST;

/** How long ago, or until when, in a few characters: "12 s ago", "in 3 h". Pure. */
export function relative(at: number, now: number): string {
  if (!isTime(at)) return NO_TIME;
  const away = Math.abs(now - at);
  const span = spanText(away);
  if (away < 2_000) return 'just now';
  return at <= now ? `${span} ago` : `in ${span}`;
}

/** A span in its largest fitting unit, floored: 90 s is "90 s", two hours and a half "2 h". Pure. */
export function spanText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 2 * MINUTE) return `${Math.floor(ms / 1_000)} s`;
  if (ms < 2 * HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)} h`;
  return `${Math.floor(ms / DAY)} d`;
}

/** A span as a person wrote it would be, exact when it is whole: 86400000 is "1 d", 5400000 "90 min". Pure. */
export function exactSpan(ms: number): string {
  for (const [unit, name] of [
    [DAY, 'd'],
    [HOUR, 'h'],
    [MINUTE, 'min'],
    [1_000, 's'],
  ] as const)
    if (ms >= unit && ms % unit === 0) return `${ms / unit} ${name}`;
  return `${ms} ms`;
}

const SPAN = /^\s*(\d{1,6}(?:\.\d{1,3})?)\s*(ms|s|min|m|h|d)\s*$/;
const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: MINUTE, min: MINUTE, h: HOUR, d: DAY };

/** Reads "30s", "5 min", "36h", "1d" as ms; undefined for anything else. Pure. */
export function readSpan(text: string): number | undefined {
  const match = SPAN.exec(text);
  return match === null ? undefined : Math.round(Number(match[1]) * UNITS[match[2]!]!);
}

const FULL = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long' });
const SHORT = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const DAY_ONLY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

const formatted = (format: Intl.DateTimeFormat, at: number): string =>
  isTime(at) ? format.format(at) : NO_TIME;
/** In full, in the browser's time zone. */
export const absolute = (at: number): string => formatted(FULL, at);
export const shortTime = (at: number): string => formatted(SHORT, at);
export const dayText = (at: number): string => formatted(DAY_ONLY, at);

/** Minutes of a day as "22:05", and back. Pure. */
export const clockText = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

export function readClock(text: string): number | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  return match === null ? undefined : Number(match[1]) * 60 + Number(match[2]);
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
/** Days of the week, 1 to 7, such as "Mon to Fri" or "Sat, Sun". Pure. */
export function daysText(days: readonly number[]): string {
  const sorted = days.toSorted((a, b) => a - b);
  if (sorted.length === 7) return 'every day';
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return 'no day';
  if (sorted.length > 2 && last - first === sorted.length - 1)
    return `${DAYS[first - 1]} to ${DAYS[last - 1]}`;
  return sorted.map((day) => DAYS[day - 1]).join(', ');
}
