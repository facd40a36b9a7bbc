import { folded, lineDiff } from './line-diff.ts';

const WORDS = { '+': 'new', '-': 'gone', ' ': '' };

/** What changes from one text to another, told by signs as well as colours. */
export function DiffView({ before, after }: { before: string; after: string }) {
  const lines = folded(lineDiff(before, after));
  if (lines.every((line) => line === null)) return <p class="muted">Nothing changes.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section class="diff" aria-label="Changes" tabIndex={0}>
      {lines.map((line, at) =>
        line === null ? (
          <div key={at} class="fold" aria-hidden="true">
            ⋯
          </div>
        ) : (
          <div key={at} class={line.sign === '+' ? 'new' : line.sign === '-' ? 'gone' : undefined}>
            <span class="line-number" aria-hidden="true">
              {line.line}
            </span>
            <span class="sign" aria-hidden="true">
              {line.sign}
            </span>
            <span class="only-heard">{WORDS[line.sign]} </span>
            <code>{line.text}</code>
          </div>
        ),
      )}
    </section>
  );
}
