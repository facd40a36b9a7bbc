import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../e2e/processes.ts';
import { I2cBridge } from '../rig/bus/bridge.ts';
import { Machine } from '../rig/machine.ts';
import { Arrivals } from './board-arrivals.ts';
import type { Contender, Ground } from './board-contender.ts';
import { emulatorWith, shareOfTurns, type Turns, turnsOfEmulator } from './board-host.ts';
import { HWMON_WORD, plugThermometers } from './board-sensors.ts';
import { type BoardUsage, boardUsage, USAGE_COMMAND, type Used, usedBetween } from './board-usage.ts';

/** The name of what init starts, by /etc/init.d/agent. */
const STARTED_BY = 'agent';
/** Until the first value of a contender has come, in ms: the emulated processor is slow, and others may use the machine. */
const FIRST_TIMEOUT = 300_000;
/** How often a person is told that it goes on, in ms. */
const TELL_EVERY = 10_000;
/** What settles is not measured: this share of the time after the first value, but no more than SETTLE_MOST seconds. */
const SETTLE_SHARE = 0.2;
const SETTLE_MOST = 60;

/** What was measured of one contender. */
export interface Measured extends Used {
  contender: Contender;
  /**
   * Seconds from the kernel's start to the first value, without those in which the emulated processor waited for this machine's:
   * of the card's first start, and of the next.
   */
  firstBoot: number;
  boot: number;
  /** The share of the time that the emulated processor was ready in which it ran. `share` has been multiplied by it. */
  turns: number;
  /** Values that came in a second. */
  rate: number;
}

interface Look {
  usage: BoardUsage;
  turns: Turns;
  values: number;
  /** performance.now() */
  at: number;
}

/** Runs a contender on a board of its own for some minutes after its first value. */
export async function runContender(contender: Contender, minutes: number, ground: Ground): Promise<Measured> {
  const { house, parts, watch } = ground;
  const { signal } = watch;
  const tell = (text: string): void => watch.progress(`${contender.title}: ${text}`);
  const folder = mkdtempSync(join(tmpdir(), 'perch-bench-board-'));
  const card = join(folder, 'card.img');
  const bridge = new I2cBridge();
  let machine: Machine | undefined;
  let arrivals: Arrivals | undefined;
  const cut = (): void => void Promise.allSettled([machine?.cut(), bridge.unplug()]);
  signal.addEventListener('abort', cut, { once: true });
  try {
    tell('making its card');
    await contender.card(card);
    signal.throwIfAborted();
    const append = contender.hwmon ? HWMON_WORD : '';
    const board = new Machine({ kernel: parts.kernel, initramfs: parts.initramfs, card, append });
    machine = board;
    plugThermometers(bridge);
    const heard = await Arrivals.of(contender, house);
    arrivals = heard;

    const turns = (): Turns => turnsOfEmulator(emulatorWith(board.socket('qmp')));
    const boot = async (): Promise<number> => {
      heard.reset();
      await board.start();
      bridge.attach(await board.connect('i2c'));
      await bridge.plug();
      await until(
        () => signal.aborted || heard.first !== undefined,
        `a value of ${contender.title}`,
        FIRST_TIMEOUT,
        () => board.console,
      );
      signal.throwIfAborted();
      const { waited } = turns();
      const asked = performance.now();
      const uptime = Number((await board.output('cat /proc/uptime')).split(' ')[0]);
      const at = (asked + performance.now()) / 2;
      return uptime - (at - heard.first!) / 1000 - waited;
    };
    tell('first boot');
    const firstBoot = await boot();
    tell(`first value ${firstBoot.toFixed(1)} s after the start; once more`);
    board.run('reboot').catch(() => {}); // the answer goes down with the board
    await board.off();
    await board.cut();
    const second = await boot();

    const look = async (): Promise<Look> => ({
      usage: boardUsage(await board.output(USAGE_COMMAND)),
      turns: turns(),
      values: heard.values,
      at: performance.now(),
    });
    const began = heard.first!;
    const end = began + minutes * 60_000;
    await sleep(Math.min(SETTLE_MOST, minutes * 60 * SETTLE_SHARE) * 1000, undefined, { signal });
    const before = await look();
    for (let left = end - performance.now(); left > 0; left = end - performance.now()) {
      tell(`first value after ${second.toFixed(1)} s; ${Math.ceil(left / 1000)} s to go`);
      await sleep(Math.min(TELL_EVERY, left), undefined, { signal });
    }
    const after = await look();
    const used = usedBetween(before.usage, after.usage, STARTED_BY);
    const ran = shareOfTurns(before.turns, after.turns);
    return {
      ...used,
      contender,
      share: used.share * ran,
      turns: ran,
      firstBoot,
      boot: second,
      rate: (after.values - before.values) / ((after.at - before.at) / 1000),
    };
  } finally {
    signal.removeEventListener('abort', cut);
    await arrivals?.close();
    await machine?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
