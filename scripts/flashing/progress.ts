/** Bytes on their way. */
export interface Stage {
  to(done: number): void;
  end(): void;
}

export interface Progress {
  /** Something that takes as long as its bytes are many. */
  stage(what: string, total: number): Stage;
  /** Something short. */
  step(what: string): void;
}

export const SILENT: Progress = { stage: () => ({ to: () => {}, end: () => {} }), step: () => {} };

const BAR = 24;
/** A bar is drawn at most this often, in milliseconds. */
const REDRAW_MS = 100;

/** Bytes for people: 2.4 GB, 12 MB. Pure. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return `${value >= 10 || step === 0 ? Math.round(value) : value.toFixed(1)} ${units[step]}`;
}

/** One line about a stage: a bar, the share, bytes and bytes in a second. Pure. */
export function barLine(what: string, done: number, total: number, ms: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const full = Math.round(share * BAR);
  const rate = ms > 0 ? `  ${bytesText((done / ms) * 1000)}/s` : '';
  return `${what} [${'#'.repeat(full)}${'.'.repeat(BAR - full)}] ${Math.floor(share * 100)} %  ${bytesText(done)} of ${bytesText(total)}${rate}`;
}

interface Terminal {
  isTTY?: boolean;
  write(text: string): unknown;
}

/** Bars that draw over themselves on a terminal; elsewhere a line at the start and at every tenth. */
export function progressOn(stream: Terminal, now: () => number = () => performance.now()): Progress {
  return {
    step(what) {
      stream.write(`${what}\n`);
    },
    stage(what, total) {
      const started = now();
      let drawn = Number.NEGATIVE_INFINITY;
      let tenth = 0;
      if (!stream.isTTY) stream.write(`${what}\n`);
      return {
        to(done) {
          if (stream.isTTY) {
            if (now() - drawn < REDRAW_MS) return;
            drawn = now();
            stream.write(`\r\x1b[K${barLine(what, done, total, now() - started)}`);
            return;
          }
          const reached = total === 0 ? 10 : Math.floor((done / total) * 10);
          if (reached > tenth && reached < 10) stream.write(`${what}: ${reached * 10} %\n`);
          tenth = Math.max(tenth, reached);
        },
        end() {
          if (stream.isTTY) stream.write(`\r\x1b[K${what}: done\n`);
        },
      };
    },
  };
}
