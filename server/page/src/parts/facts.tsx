import type { ComponentChildren } from 'preact';

/** Names and what they are, in as many columns as there is room for. */
export function Facts({ rows }: { rows: (readonly [string, ComponentChildren] | false)[] }) {
  return (
    <dl class="facts">
      {rows.map(
        (row) =>
          row !== false && (
            <div key={row[0]}>
              <dt>{row[0]}</dt>
              <dd>{row[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
