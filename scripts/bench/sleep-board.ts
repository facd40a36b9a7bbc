import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parseBroker } from '../../broker-bridge/src/mqtt/link.ts';
import { MqttLink } from '../../broker-bridge/src/mqtt/mqtt-link.ts';
import { type Board, type Broker, House } from '../e2e/house.ts';
import { mosquitto } from '../e2e/mosquitto.ts';
import { until } from '../e2e/processes.ts';
import { type Connection, Meter } from './sleep-meter.ts';

/** Stands for long periods: what a report costs does not depend on it. */
const PERIOD_MS = 1_000;
/** Starts of the agent until its first connection carried one record exactly. */
const STARTS = 5;
/** Keep-alive of the link whose pings are measured, in s, and how long. The agent's is 60 s; its pings are the same. */
const PING_EACH = 1;
const PINGED_MS = 4_500;

/** The eight items of the default config, and nothing about the board itself, so that all records are alike. */
const config = (connection: 'held' | 'per-exchange'): string =>
  JSON.stringify({
    period: `${PERIOD_MS}ms`,
    connection,
    metrics: '0s',
    sensors: [{ id: 'sys', driver: 'sysfs', proc: ['load', 'memory', 'disk', 'uptime'] }],
  });

export interface Slept {
  /** The connection after a start: Hello and one report. */
  first: Connection;
  /** Those after it, each with one report. */
  later: Connection[];
}

export interface Held {
  /** Bytes both ways per report. */
  report: number;
  /** Bytes both ways of a ping and its answer. */
  ping: number;
}

/** A house whose boards reach a Mosquitto over a meter. It goes when `run` ends. */
async function metered<T>(
  secure: boolean,
  connection: 'held' | 'per-exchange',
  run: (place: { house: House; board: Board; meter: Meter; broker: Broker }) => Promise<T>,
): Promise<T> {
  const broker = await mosquitto({ secure });
  const meter = await Meter.before(broker.port);
  // Boards are told the meter's address, not that of the wire that a test can cut: one proxy less.
  const house = new House({ ...broker, url: () => broker.url(meter.port) });
  try {
    await house.open();
    const board = house.board('sleeper');
    const set = await house.command(
      'config',
      'set',
      board.alias,
      house.file('config.json', config(connection)),
    );
    if (set.code !== 0) throw new Error(set.output);
    await board.enrol();
    await board.start();
    await house.untilRecord(board.alias, () => true, 'the first record');
    return await run({ house, board, meter, broker });
  } finally {
    await house.close();
    await meter.close();
  }
}

/** Timestamps of the board's records that were taken after a time. */
const recordsAfter = async (house: House, board: Board, since: number): Promise<number[]> =>
  (await house.records(board.alias)).map(({ timestamp }) => timestamp).filter((time) => time > since);

/** The connections of a board that opens one for each report. */
export const sleptReports = (secure: boolean, reports: number, signal: AbortSignal): Promise<Slept> =>
  metered(secure, 'per-exchange', async ({ house, board, meter }) => {
    for (let start = 0; start < STARTS; start++) {
      await board.stop();
      meter.connections = [];
      const since = Date.now();
      await board.start();
      const done = (): Connection[] => meter.connections.filter(({ closed }) => closed !== undefined);
      await until(
        () => signal.aborted || done().length > reports,
        `${reports + 1} connections`,
        60_000 + 3 * reports * PERIOD_MS,
        () => board.output,
      );
      signal.throwIfAborted();
      const [first, ...later] = done();
      const taken = await recordsAfter(house, board, since);
      const between = (from: number, to: number): number =>
        taken.filter((at) => at > from && at <= to).length;
      const one = between(since, first!.closedAt!) === 1;
      const ends = [first!, ...later].map(({ closedAt }) => closedAt!);
      const each = later.every((_, index) => between(ends[index]!, ends[index + 1]!) === 1);
      if (one && each) return { first: first!, later };
    }
    throw new Error(`in ${STARTS} starts not each connection carried one record`);
  });

/** What a board costs that stays connected. */
export const heldReports = (secure: boolean, reports: number, signal: AbortSignal): Promise<Held> =>
  metered(secure, 'held', async ({ house, board, meter, broker }) => {
    const look = async (): Promise<{ at: number; bytes: number }> => {
      await pause(PERIOD_MS * 1.5 - (Date.now() % PERIOD_MS), undefined, { signal }); // between two reports
      return { at: Date.now(), bytes: meter.bytes };
    };
    const before = await look();
    await pause(reports * PERIOD_MS, undefined, { signal });
    const after = await look();
    const taken = (await recordsAfter(house, board, before.at)).filter((time) => time <= after.at).length;
    await board.stop();
    return { report: (after.bytes - before.bytes) / taken, ping: await pingBytes(broker, meter, signal) };
  });

/** Bytes of one ping and its answer, on a link as the agent's, which has nothing else to say. */
async function pingBytes(broker: Broker, meter: Meter, signal: AbortSignal): Promise<number> {
  const address = parseBroker(broker.url(meter.port));
  const ca = broker.serve[broker.serve.indexOf('--ca') + 1];
  if (broker.serve.includes('--ca')) address.ca = readFileSync(ca!, 'utf8');
  meter.connections = [];
  const events = { up: () => {}, down: () => {}, message: () => {} };
  const link = new MqttLink({ broker: address, clientId: 'ping', keepalive: PING_EACH }, events);
  try {
    link.start();
    await until(() => link.up, 'the link to the broker', 20_000);
    await pause(PING_EACH * 500, undefined, { signal });
    const [connection] = meter.connections;
    const before = { ...connection! };
    await pause(PINGED_MS, undefined, { signal });
    const { up: sent, down, waits } = connection!;
    return (sent + down - before.up - before.down) / (waits - before.waits);
  } finally {
    await link.close();
  }
}
