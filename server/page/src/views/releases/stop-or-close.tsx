interface Props {
  /** What is being sent, as long as it can be stopped. */
  sending: AbortController | undefined;
  busy: boolean;
  onClose(): void;
}

/** Stops what is being sent, else closes the dialog. */
export const StopOrClose = ({ sending, busy, onClose }: Props) =>
  sending !== undefined ? (
    <button
      type="button"
      class="button"
      onClick={() => sending.abort(new Error('the upload was stopped; nothing is published.'))}
    >
      Stop
    </button>
  ) : (
    <button type="button" class="button" disabled={busy} onClick={onClose}>
      Close
    </button>
  );
