import { quantile } from './statistics.ts';

/** Sends one message, and resolves with the number of its records when it is acknowledged. */
export type Sender = () => Promise<number>;

export interface LoadRound {
  recordsPerSecond: number;
  /** Milliseconds from handing a message over to its acknowledgement. */
  latency: { p50: number; p95: number; p99: number };
  lost: number;
  /** Share of one core that this process, the load generator, used: near 1 it may be what limits the rate. */
  generatorBusy: number;
}

/**
 * Every sender sends its next message when the one before is acknowledged, for a time; what is acknowledged within it
 * counts. Lost ones are counted and not sent again. Rejects when all that was sent is lost, and at once when `signal` aborts.
 */
export async function closedLoop(
  senders: readonly Sender[],
  milliseconds: number,
  signal?: AbortSignal,
): Promise<LoadRound> {
  const latencies: number[] = [];
  let records = 0;
  let lost = 0;
  let fault: unknown;
  const cpu = process.cpuUsage();
  const start = performance.now();
  const end = start + milliseconds;
  const run = async (send: Sender): Promise<void> => {
    while (performance.now() < end && signal?.aborted !== true) {
      const sent = performance.now();
      try {
        const acknowledged = await send();
        const now = performance.now();
        if (now > end) return;
        records += acknowledged;
        latencies.push(now - sent);
      } catch (error) {
        lost += 1;
        fault = error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  await untilAborted(Promise.all(senders.map(run)), signal);
  const { user, system } = process.cpuUsage(cpu);
  if (latencies.length === 0) throw fault ?? new Error(`nothing was acknowledged within ${milliseconds} ms`);
  latencies.sort((a, b) => a - b);
  return {
    recordsPerSecond: (records * 1000) / milliseconds,
    latency: {
      p50: quantile(latencies, 0.5),
      p95: quantile(latencies, 0.95),
      p99: quantile(latencies, 0.99),
    },
    lost,
    generatorBusy: (user + system) / 1000 / (performance.now() - start),
  };
}

async function untilAborted(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  let stop = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal?.reason);
  });
  signal?.addEventListener('abort', stop, { once: true });
  await Promise.race([work, aborted]).finally(() => signal?.removeEventListener('abort', stop));
}
