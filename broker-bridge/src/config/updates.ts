import { type Static, Type } from '@sinclair/typebox';
import { closed } from './common.ts';
import { RATE_MAX, RATE_MIN } from './limits.ts';

/** How the board takes updates. */
export const UpdatesConfig = closed({
  maxRate: Type.Optional(
    Type.Integer({
      minimum: RATE_MIN,
      maximum: RATE_MAX,
      description: `bytes per second, ${RATE_MIN} to ${RATE_MAX}`,
    }),
  ),
});
export type UpdatesConfig = Static<typeof UpdatesConfig>;

// A letter first: offsets such as "+0100" are known too, but keep no summer time.
const ZONE_PATTERN = '^[A-Za-z][A-Za-z0-9_+/-]{0,63}$';

export const TimeZone = Type.String({
  pattern: ZONE_PATTERN,
  description: 'an IANA name such as "Europe/Berlin" or "UTC"',
});

/** True for the IANA name of a time zone that this machine knows. */
export function isTimeZone(name: string): boolean {
  if (!new RegExp(ZONE_PATTERN).test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
