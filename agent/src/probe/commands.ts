import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseConfig } from '@perch/broker-bridge/config/parse.ts';
import type { Config } from '@perch/broker-bridge/config/schema.ts';
import { loadConfig } from '../config-file.ts';
import type { SensorEnvironment } from '../sensors/environment.ts';
import type { SensorStatus } from '../sensors/sensor-set.ts';
import { readStatus } from '../status-socket.ts';
import { adaptersOf, channelsOf, usedAddresses } from './config-buses.ts';
import { formatReadings, formatScan } from './format.ts';
import { type ReadingRow, readOnce, rowsOf } from './readings.ts';
import { scan } from './scan.ts';
import { suggest } from './suggest.ts';

/** How often `watch` asks the running agent, in ms. A period may be shorter; then the newest sample is shown. */
export const WATCH_INTERVAL = 500;

/** The part of a running agent's status that these commands use. */
type RunningStatus = {
  sensors: SensorStatus[];
  readings: { takenAt: number; values: Record<string, never>; errors: Record<string, never> } | null;
};

type Output = { print(text: string): void; note(text: string): void };

const runningStatus = (state: string): Promise<RunningStatus | undefined> =>
  readStatus(state) as Promise<RunningStatus | undefined>;

function runningRows(config: Config, { sensors, readings }: RunningStatus): ReadingRow[] {
  const { values, errors } = readings ?? { values: {}, errors: {} };
  return rowsOf(
    config,
    { values: new Map(Object.entries(values)), errors: new Map(Object.entries(errors)) },
    sensors,
  );
}

/** A config that a person names. Throws an Error that says what is wrong with it. */
function configOfFile(file: string): Config {
  const parsed = parseConfig(readFileSync(file, 'utf8'));
  if (parsed.ok) return parsed.config;
  const { pointer, message, hint } = parsed.faults[0]!;
  throw new Error(
    `${file} is no valid config: ${pointer || '/'}: ${message} (${hint}); see perch-agent check-config`,
  );
}

/**
 * `probe`: scans the board, then reads every sensor of the config once: that of `file`, else the board's own. Where an agent
 * runs, its newest readings are shown, since two readers of one port would disturb each other.
 */
export async function probeCommand(
  state: string,
  env: SensorEnvironment,
  options: { file?: string | undefined; json: boolean; suggest: boolean },
  { print, note }: Output,
): Promise<void> {
  const running = await runningStatus(state).catch(() => undefined);
  const own = loadConfig(state)?.config;
  if (running && options.file !== undefined)
    throw new Error('an agent runs here and holds the sensors; end it before you try another config');
  const config = options.file === undefined ? own : configOfFile(options.file);
  const report = await scan(
    env,
    running
      ? { used: own ? usedAddresses(own) : new Map(), known: own ? adaptersOf(own) : [] }
      : config
        ? { channels: channelsOf(config), known: adaptersOf(config) }
        : {},
  );
  if (options.suggest) {
    const { config: suggested, notes } = suggest(report);
    for (const line of notes) note(line);
    print(JSON.stringify(suggested, null, 2));
    return;
  }
  const rows = !config ? [] : running ? runningRows(config, running) : await readOnce(config, env);
  const from = running ? `, as the running agent read them at ${timeOf(running)}` : '';
  print(
    options.json
      ? JSON.stringify({ ...report, readings: rows }, null, 2)
      : `${formatScan(report)}\n${formatReadings(rows, `Sensors of the config${from}`)}`,
  );
}

const timeOf = ({ readings }: RunningStatus): string =>
  readings ? new Date(readings.takenAt).toISOString() : 'no time yet';

/** `watch`: each sample of the running agent as it comes, until `signal` or `count` samples. False if no agent runs. */
export async function watchCommand(
  state: string,
  options: { json: boolean; count: number; terminal: boolean; signal: AbortSignal },
  { print }: Output,
): Promise<boolean> {
  let shownAt: number | undefined;
  for (let shown = 0; shown < options.count && !options.signal.aborted; ) {
    const status = await runningStatus(state);
    if (!status) return false;
    const config = loadConfig(state)?.config;
    if (config && status.readings && status.readings.takenAt !== shownAt) {
      shownAt = status.readings.takenAt;
      shown += 1;
      const rows = runningRows(config, status);
      const clear = options.terminal ? '\u001b[H\u001b[J' : '';
      print(
        options.json
          ? JSON.stringify({ takenAt: shownAt, readings: rows })
          : `${clear}${formatReadings(rows, timeOf(status))}`,
      );
      if (shown >= options.count) break;
    }
    await sleep(WATCH_INTERVAL, undefined, { signal: options.signal }).catch(() => undefined);
  }
  return true;
}
