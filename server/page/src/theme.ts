import { effect, signal } from '@preact/signals';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
const KEY = 'perch-theme';

function kept(): Theme {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? 'auto';
  } catch {
    return 'auto'; // a browser that keeps nothing
  }
}

export const theme = signal<Theme>(kept());

/** What is shown now, which charts must know. */
export const isDark = signal(false);

/** Puts the theme on the document, now and whenever it changes. */
export function startTheme(): void {
  const prefers = matchMedia('(prefers-color-scheme: dark)');
  const show = (): void => {
    isDark.value = theme.value === 'dark' || (theme.value === 'auto' && prefers.matches);
    document.documentElement.dataset.theme = isDark.value ? 'dark' : 'light';
  };
  prefers.addEventListener('change', show);
  effect(() => {
    try {
      localStorage.setItem(KEY, theme.value);
    } catch {
      // Then it is for this visit.
    }
    show();
  });
}
