import type { I2cDevice } from './i2c-chip.ts';
import { SensorFault } from './sensor-fault.ts';

/** How often a chip is asked whether it is ready, and the pause between, in ms. */
export type Patience = { tries: number; every: number };

/** The longest that `untilReady` waits, in ms. */
export const longestWait = ({ tries, every }: Patience): number => (tries - 1) * every;

/** Asks until the answer is yes. Throws a SensorFault `busy` once all tries are used up. */
export async function untilReady(
  device: Pick<I2cDevice, 'delay'>,
  { tries, every }: Patience,
  ready: () => Promise<boolean>,
): Promise<void> {
  for (let left = tries; left > 0; left--) {
    if (await ready()) return;
    if (left > 1) await device.delay(every);
  }
  throw new SensorFault('busy', `not ready after ${tries} questions`);
}
