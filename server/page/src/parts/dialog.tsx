import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Icon } from './icon.tsx';

interface Props {
  title: string;
  wide?: boolean;
  /** Something is under way whose outcome must be seen: the dialog cannot be closed. */
  busy?: boolean;
  onClose(): void;
  children: ComponentChildren;
}

/** A modal dialog. Escape closes it, and the focus goes back to where it was. */
export function Dialog({ title, wide = false, busy = false, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    let before = document.activeElement;
    // The editor has its focus within
    while (before?.shadowRoot?.activeElement) before = before.shadowRoot.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={wide ? 'wide' : undefined}
      aria-labelledby={id}
      onCancel={(event) => {
        if (busy) event.preventDefault();
      }}
      onClose={() => {
        // A browser asks once whether it may close, and closes at the next Escape without asking.
        if (busy) dialog.current?.showModal();
        else onClose();
      }}
    >
      <div class="inside">
        <div class="who-row">
          <h2 id={id}>{title}</h2>
          <button
            type="button"
            class="button quiet icon"
            aria-label="Close"
            disabled={busy}
            onClick={onClose}
          >
            <Icon name="close" />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
