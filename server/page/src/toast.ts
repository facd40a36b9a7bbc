import { signal } from '@preact/signals';

/** What was just done, shown for a moment and read aloud. */
export const toast = signal('');

/** How long it stands, in ms. */
const SHOWN_MS = 5_000;
let timer: ReturnType<typeof setTimeout> | undefined;

export function announce(text: string): void {
  toast.value = text;
  clearTimeout(timer);
  timer = setTimeout(() => {
    toast.value = '';
  }, SHOWN_MS);
}
