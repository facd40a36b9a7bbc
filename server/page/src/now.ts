import { signal } from '@preact/signals';

/** The clock of everything that says how long ago something is, in calm steps. */
export const now = signal(Date.now());

/** How often ages are told anew, in ms. */
const STEP_MS = 5_000;

setInterval(() => {
  if (document.visibilityState === 'visible') now.value = Date.now();
}, STEP_MS);
