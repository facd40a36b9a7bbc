/** When an update may begin, by the clock where the board is. */
export interface Window {
  /** 1 (Monday) to 7 (Sunday): the days on which it opens. */
  days: number[];
  /** Minutes of the day, 0 to 1439: from `from` on and before `to`; over midnight when `to` is not above `from`. */
  from: number;
  to: number;
  /** IANA name, for boards that do not say where they are. */
  zone: string;
}

interface Local {
  day: number;
  minute: number;
}

/** Time zones whose clock is kept at hand; the names come from configs. */
export const ZONES_CACHED = 1_000;
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const MINUTE = 60_000;

const clocks = new Map<string, { format: Intl.DateTimeFormat; at: number; local: Local } | undefined>();

function clockOf(zone: string): { format: Intl.DateTimeFormat; at: number; local: Local } | undefined {
  if (clocks.has(zone)) return clocks.get(zone);
  if (clocks.size >= ZONES_CACHED) clocks.clear();
  let clock: { format: Intl.DateTimeFormat; at: number; local: Local } | undefined;
  try {
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    clock = { format, at: Number.NaN, local: { day: 0, minute: 0 } };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // a name that this machine does not know
  }
  clocks.set(zone, clock);
  return clock;
}

/** Day and minute by the clock of a zone; undefined for a name that is not known here. */
function localTime(zone: string, now: number): Local | undefined {
  const clock = clockOf(zone);
  if (clock === undefined) return undefined;
  // Every offset in use is whole minutes, so the clock reads the same for all of one.
  const at = Math.floor(now / MINUTE);
  if (clock.at === at) return clock.local;
  const parts = Object.fromEntries(clock.format.formatToParts(now).map((part) => [part.type, part.value]));
  clock.at = at;
  clock.local = {
    day: DAYS.indexOf(parts.weekday!) + 1,
    minute: Number(parts.hour) * 60 + Number(parts.minute),
  };
  return clock.local;
}

/**
 * Whether an update may begin at `now` (Unix ms) on a board in `zone`. A window that begins on a day and passes midnight
 * belongs to that day. Hours that the clock skips in spring do not come; those that it repeats in autumn come twice.
 */
export function isOpen(
  { days, from, to, zone: other }: Window,
  zone: string | undefined,
  now: number,
): boolean {
  const local = (zone === undefined ? undefined : localTime(zone, now)) ?? localTime(other, now);
  if (local === undefined) return false;
  const { day, minute } = local;
  if (from < to) return days.includes(day) && minute >= from && minute < to;
  const before = day === 1 ? 7 : day - 1;
  return (days.includes(day) && minute >= from) || (days.includes(before) && minute < to);
}
