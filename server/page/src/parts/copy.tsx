import { announce } from '../toast.ts';
import { Icon } from './icon.tsx';

/** Copies a text. Where the browser does not let the page, it selects it, so that a key does the rest. */
export function Copy({ text, label = 'Copy' }: { text: string; label?: string }) {
  async function copy(event: MouseEvent): Promise<void> {
    const button = event.currentTarget as HTMLElement;
    try {
      await navigator.clipboard.writeText(text);
      announce('Copied');
    } catch {
      const shown = button.closest('.copied')?.querySelector('code');
      if (shown) getSelection()?.selectAllChildren(shown);
      announce('Selected. Press Ctrl-C to copy.');
    }
  }
  return (
    <button type="button" class="button" onClick={copy}>
      <Icon name="copy" />
      {label}
    </button>
  );
}

/** A line to type elsewhere, with its copy button. */
export function Command({ text }: { text: string }) {
  return (
    <div class="copied">
      <code>{text}</code>
      <Copy text={text} />
    </div>
  );
}
