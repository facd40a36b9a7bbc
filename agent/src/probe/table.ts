/** Text that a terminal shows and never obeys: names come from devices. */
export const plain = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?');

/** Rows under each other, columns aligned; `none` if there are no rows. All rows have the same number of cells. */
export function table(title: string, none: string, rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return `${title}\n  ${none}\n`;
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd(),
  );
  return `${title}\n${lines.join('\n')}\n`;
}
