import { API } from './api.ts';
import { type Loaded, useLoad } from './use-load.ts';

/** Kept for this visit: the page was loaded anew for this part. */
const markOf = (name: string): string => `perch-reloaded-${name}`;

/** True the first time for a part; a browser that keeps nothing is told false, as it would go on for ever. */
function isFirstTime(name: string): boolean {
  try {
    const isFirst = sessionStorage.getItem(markOf(name)) === null;
    sessionStorage.setItem(markOf(name), '1');
    return isFirst;
  } catch {
    return false;
  }
}

function forget(name: string): void {
  try {
    sessionStorage.removeItem(markOf(name));
  } catch {
    // Nothing is kept, then.
  }
}

/**
 * A part of the page that is fetched when it is first needed. Where the server answers but has it no more, it was replaced by a
 * newer one, whose files have other names: then the page is loaded anew, once.
 */
export const useModule = <T>(name: string, load: () => Promise<T>): Loaded<{ module: T }> =>
  useLoad(`module ${name}`, async () => {
    try {
      const module = await load();
      forget(name);
      return { module };
    } catch {
      const { status } = await fetch(`${API}/session`);
      if (status >= 500) throw new TypeError('not reached');
      if (isFirstTime(name)) location.reload();
      throw new Error('this part of the page cannot be loaded.');
    }
  });
