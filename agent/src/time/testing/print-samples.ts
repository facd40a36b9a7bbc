// Run as a program by real-clock.test.ts: samples with the period in ms that is its argument, and prints each moment as a line.
import { loadBoard } from '../../native/index.ts';
import { systemTimers } from '../../timers.ts';
import { Clock } from '../clock.ts';
import { systemClocks } from '../clock-source.ts';
import { Sampler } from '../sampler.ts';

const source = systemClocks(process.argv[3] === 'native' ? loadBoard() : undefined);
// This machine's kernel has no say: the test's clock is not its own.
const clock = new Clock({ ...source, kernel: () => ({ synchronised: false }) });
new Sampler({
  clock,
  timers: systemTimers,
  sample: async () => ({ values: new Map(), errors: new Map() }),
  taken: (_sample, moment) =>
    process.stdout.write(`${JSON.stringify({ ...moment, monotonic: clock.monotonic() })}\n`),
}).start(Number(process.argv[2]));
