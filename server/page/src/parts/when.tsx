import { now } from '../now.ts';
import { absolute, isTime, relative } from '../text/time.ts';

/** A time as how long ago it is, in full on hover and for programs. */
export function When({ at }: { at: number }) {
  return (
    <time class="number" dateTime={isTime(at) ? new Date(at).toISOString() : undefined} title={absolute(at)}>
      {relative(at, now.value)}
    </time>
  );
}
