import { sizeText } from './text.ts';

const WIDTH = 30;

/** A bar on standard error that draws over itself; nothing at all when that is no terminal. */
export function progressBar(what: string): { show(done: number, total: number): void; end(): void } {
  const stream = process.stderr;
  let drawn = '';
  return {
    show(done, total) {
      if (!stream.isTTY) return;
      const share = total === 0 ? 1 : done / total;
      const full = Math.round(share * WIDTH);
      const line = `${what} [${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${Math.floor(share * 100)}% of ${sizeText(total)}`;
      if (line === drawn) return;
      drawn = line;
      stream.write(`\r\x1b[K${line}`);
    },
    end() {
      if (drawn !== '') stream.write('\r\x1b[K');
    },
  };
}
