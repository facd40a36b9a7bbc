import { execFile } from 'node:child_process';

/** systemd's ear, sd_notify(3). */
export interface Notifier {
  /** `variables`: READY, STATUS, WATCHDOG, STOPPING and their values. Never throws. */
  send(variables: Record<string, string>): void;
  /** Longest time between two WATCHDOG=1, in ms; undefined when systemd does not watch. */
  watchdogMs: number | undefined;
}

export interface NotifierParts {
  env: Readonly<Record<string, string | undefined>>;
  pid: number;
  ppid: number;
  /** Sends one datagram; undefined without the native part. */
  notify: ((path: string, text: string) => void) | undefined;
  note(text: string): void;
  /** Runs systemd-notify with these words. */
  run?: (words: string[], done: (error: Error | null) => void) => void;
}

/** Longest time for the program systemd-notify, in ms. */
const RUN_TIMEOUT_MS = 10_000;
/** Longest value of a variable, in characters: systemd cuts a status line anyway. */
const VALUE_LIMIT = 500;

const runSystemdNotify = (words: string[], done: (error: Error | null) => void): void =>
  void execFile('systemd-notify', words, { timeout: RUN_TIMEOUT_MS }, done);

/**
 * The way to systemd that the environment names, or undefined when there is none. perch-launcher is systemd's main process and
 * the agent its child, so a watchdog meant for our parent is meant for us; the unit says NotifyAccess=all.
 */
export function systemdNotifier(parts: NotifierParts): Notifier | undefined {
  const { env, note } = parts;
  const socket = env.NOTIFY_SOCKET;
  if (socket === undefined || socket === '') return undefined;
  if (!/^[/@]./.test(socket)) {
    note(`systemd is told nothing: NOTIFY_SOCKET is ${JSON.stringify(socket)}, and no path`);
    return undefined;
  }
  const send = parts.notify === undefined ? byProgram(parts) : bySocket(socket, parts.notify, note);
  return {
    watchdogMs: watchdogTime(parts),
    send(variables) {
      const lines = Object.entries(variables).map(([name, value]) => `${name}=${oneLine(value)}`);
      send(lines);
    },
  };
}

const oneLine = (text: string): string => text.replace(/[\r\n\0]+/g, ' ').slice(0, VALUE_LIMIT);

/** sd_watchdog_enabled(3). */
function watchdogTime({ env, pid, ppid }: NotifierParts): number | undefined {
  const { WATCHDOG_USEC: time = '', WATCHDOG_PID: meant } = env;
  if (!/^[0-9]{1,15}$/.test(time) || Number(time) === 0) return undefined;
  if (meant !== undefined && Number(meant) !== pid && Number(meant) !== ppid) return undefined;
  return Number(time) / 1e3;
}

function bySocket(
  socket: string,
  notify: (path: string, text: string) => void,
  note: (text: string) => void,
) {
  let failing = false;
  return (lines: string[]): void => {
    try {
      notify(socket, lines.join('\n'));
      failing = false;
    } catch (error) {
      if (!failing) note(`systemd cannot be told ${lines[0]}: ${(error as Error).message}`);
      failing = true;
    }
  };
}

/** Without the native part: a program for each word, one at a time. What waits is merged, so it stays as short as its names. */
function byProgram({ note, run = runSystemdNotify }: NotifierParts) {
  note('the native part board is missing: systemd is told by the program systemd-notify');
  const waiting = new Map<string, string>();
  let running = false;
  let failed = false;
  const next = (): void => {
    if (running || waiting.size === 0) return;
    running = true;
    const words = [...waiting].map(([name, value]) => `${name}=${value}`);
    waiting.clear();
    run(words, (error) => {
      running = false;
      if (error !== null && !failed) note(`systemd cannot be told: ${error.message}`);
      failed = error !== null;
      next();
    });
  };
  return (lines: string[]): void => {
    for (const line of lines)
      waiting.set(line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1));
    next();
  };
}
