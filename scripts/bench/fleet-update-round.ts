import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pull, UpdatingBoard } from './fleet-update-board.ts';
import type { Fleet } from './fleet-update-fleet.ts';
import { processorTime } from './processor-time.ts';
import { quantile } from './statistics.ts';

/** Each board sends a record so often. */
export const REPORT_MS = 1000;
const SAMPLE_MS = 50;
/** Frames that were asked for come no more when none came for so long. */
const QUIET_MS = 200;
const QUIET_LIMIT_MS = 30_000;

/** What a round found. */
export interface FleetRound {
  /** Milliseconds from handing a record over to the reply that says it is stored. */
  p50: number;
  p99: number;
  records: number;
  /** Records without a reply in time. */
  lost: number;
  /** Largest resident memory of the server, bytes. */
  memory: number;
  /** Shares of one core. */
  serverBusy: number;
  generatorBusy: number;
  /** How late this process was in what it does, ms: part of the records' time is that. */
  generatorLate: number;
  /** Bytes of frames per second, and pulls that were done and found right. */
  frameRate: number;
  pulls: number;
  refused: number;
  /** Frames that were asked for and never came. */
  framesLost: number;
}

/** Boards report for a time and, with something to pull, update meanwhile. Rejects when a pull went wrong for good. */
export async function fleetRound(
  { boards, pid }: Fleet,
  ms: number,
  pull: Pull | undefined,
  signal: AbortSignal,
): Promise<FleetRound> {
  const before = totals(boards);
  const memory = memoryPeak(pid);
  const loop = monitorEventLoopDelay({ resolution: 5 });
  const server = processorTime(pid) ?? Number.NaN;
  const own = process.cpuUsage();
  const start = performance.now();
  loop.enable();
  if (pull !== undefined) for (const board of boards) board.beginUpdates(pull);
  const reporting = boards.map((board, index) =>
    reports(board, start + (REPORT_MS * index) / boards.length, start + ms, signal),
  );
  await sleep(ms, undefined, { signal });
  const passed = performance.now() - start;
  const { user, system } = process.cpuUsage(own);
  const spent = (processorTime(pid) ?? Number.NaN) - server;
  const during = totals(boards);
  loop.disable();
  for (const board of boards) board.endUpdates();
  const sent = (await Promise.all(reporting)).flat();
  const peak = memory.stop();
  if (pull !== undefined) await quiet(boards, signal);
  const fault = boards.find((board) => board.fault !== undefined)?.fault;
  if (fault !== undefined) throw fault;
  const times = sent.filter((time) => time !== undefined).sort((a, b) => a - b);
  if (times.length === 0) throw new Error('no record was stored');
  const after = totals(boards);
  return {
    ...{ p50: quantile(times, 0.5), p99: quantile(times, 0.99) },
    ...{ records: times.length, lost: sent.length - times.length },
    memory: peak,
    serverBusy: spent / passed,
    generatorBusy: (user + system) / 1000 / passed,
    generatorLate: loop.percentile(99) / 1e6,
    frameRate: ((during.frameBytes - before.frameBytes) * 1000) / passed,
    pulls: during.pulls - before.pulls,
    refused: after.refused - before.refused,
    framesLost: after.asked - before.asked - (after.frames - before.frames),
  };
}

/** Records at fixed times, whatever became of those before; milliseconds that each took, undefined for a lost one. */
async function reports(
  board: UpdatingBoard,
  first: number,
  end: number,
  signal: AbortSignal,
): Promise<(number | undefined)[]> {
  const sent: Promise<number | undefined>[] = [];
  for (let at = first; at < end && !signal.aborted; at += REPORT_MS) {
    await sleep(Math.max(0, at - performance.now()), undefined, { signal });
    const began = performance.now();
    sent.push(
      board.report().then(
        () => performance.now() - began,
        () => undefined,
      ),
    );
  }
  return Promise.all(sent);
}

type Counters = UpdatingBoard['counters'];

function totals(boards: readonly UpdatingBoard[]): Counters {
  const sum: Counters = { pulls: 0, asked: 0, frames: 0, frameBytes: 0, refused: 0 };
  for (const { counters } of boards)
    for (const name of Object.keys(sum) as (keyof Counters)[]) sum[name] += counters[name];
  return sum;
}

/** Waits for the frames that are on their way, so that the next round does not pay for them. */
async function quiet(boards: readonly UpdatingBoard[], signal: AbortSignal): Promise<void> {
  const end = performance.now() + QUIET_LIMIT_MS;
  for (let last = -1, now = totals(boards).frames; now !== last && performance.now() < end; ) {
    await sleep(QUIET_MS, undefined, { signal });
    last = now;
    now = totals(boards).frames;
  }
}

/** Looks often at the resident memory of a process (proc(5), VmRSS). */
function memoryPeak(pid: number): { stop(): number } {
  let peak = 0;
  const look = (): void => {
    const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    peak = Math.max(peak, Number(found?.[1]) * 1024);
  };
  look();
  const timer = setInterval(look, SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      return peak;
    },
  };
}
