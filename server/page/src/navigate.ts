import { computed, signal } from '@preact/signals';
import { routeOf } from './route.ts';

const address = signal(location.pathname + location.search);
export const pathname = computed(() => address.value.split('?')[0]!);
export const search = computed(() => new URLSearchParams(address.value.split('?')[1] ?? ''));
export const route = computed(() => routeOf(pathname.value));

/** Something was typed that is not sent yet; leaving asks first. */
export const unsaved = signal(false);

/** True when nothing is unsent, or a person says that it may be lost by what is done: "Leave", "Log out". */
export const mayLose = (by: string): boolean =>
  !unsaved.value || confirm(`${by} without sending your changes?`);
const mayLeave = (): boolean => mayLose('Leave');

/**
 * Goes to an address of the page. `replace`: the one before cannot be gone back to. `step`: stepBack() leads back to the one
 * before.
 */
export function go(to: string, { replace = false, step = false } = {}): void {
  if (to !== location.pathname + location.search) {
    if (replace) history.replaceState(history.state, '', to);
    else history.pushState(step ? STEP : null, '', to);
  }
  const before = pathname.value;
  address.value = to;
  if (pathname.value !== before) scrollTo(0, 0);
}

/** What history keeps with an address that was come to by a step. */
const STEP = { isStep: true };

/** Goes back to where the last step began. False when this address was come to otherwise. */
export function stepBack(): boolean {
  const isStep = (history.state as Partial<typeof STEP> | null)?.isStep === true;
  if (isStep) history.back();
  return isStep;
}

/** Changes parts of the query; an empty text takes one out. It takes the address's place, unless it is a `step`. */
export function setSearch(changes: Record<string, string>, step = false): void {
  const query = new URLSearchParams(search.value);
  for (const [name, value] of Object.entries(changes))
    if (value === '') query.delete(name);
    else query.set(name, value);
  const text = query.toString();
  go(`${location.pathname}${text === '' ? '' : `?${text}`}`, { replace: !step, step });
}

/** Follows links of the page without loading it anew. */
export function startNavigation(): void {
  addEventListener('popstate', () => {
    const to = location.pathname + location.search;
    if (to !== address.value && !mayLeave()) history.pushState(null, '', address.value);
    else address.value = to;
  });
  document.addEventListener('click', (event) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const link = event.composedPath().find((target) => target instanceof HTMLAnchorElement);
    if (link === undefined || link.target !== '' || link.hasAttribute('download')) return;
    if (link.origin !== location.origin || link.hash !== '' || link.pathname.startsWith('/api/')) return;
    event.preventDefault();
    if (!mayLeave()) return;
    go(link.pathname + link.search);
  });
}
