import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boardParts } from '../rig/board.ts';
import { fieldHouse } from '../rig/field.ts';
import { RIG_PACKAGES } from '../rig/programs.ts';
import { findProgram } from '../test/programs.ts';
import type { Benchmark } from './benchmark.ts';
import { keepParts } from './board-card.ts';
import { collectd } from './board-collectd.ts';
import { CONTENDERS, type Contender, type ContenderName, type Ground } from './board-contender.ts';
import { nodeRed } from './board-node-red.ts';
import { perch } from './board-perch.ts';
import { type Measured, runContender } from './board-run.ts';
import { THERMOMETERS } from './board-sensors.ts';
import { findingsOf } from './board-table.ts';
import { numberOption, UsageError, wordOption } from './options.ts';

const MINUTES = 10;
/** Programs by Debian package. */
const NEEDED: Record<string, string> = { ...RIG_PACKAGES, xz: 'xz-utils' };

async function contendersOf(names: readonly ContenderName[], ground: Ground): Promise<Contender[]> {
  const ours = names.some((name) => name.startsWith('perch')) ? await perch(ground) : undefined;
  const contenders: Contender[] = [];
  for (const name of names)
    contenders.push(
      name === 'collectd'
        ? await collectd(ground)
        : name === 'node-red'
          ? await nodeRed(ground)
          : ours!(name),
    );
  return contenders;
}

export const board: Benchmark = {
  name: 'board',
  summary:
    'a whole emulated board: start, memory, processor time, writes and sizes, beside collectd and Node-RED',
  help: `
An emulated arm64 board (QEMU without KVM, one core, 512 MB, a card of 640 MiB) reads ${THERMOMETERS.length} thermometers on an I2C bus once a
second and sends what they say to a Mosquitto on this machine; one contender after the other, each on a board of its own.
perch: the agent that ships, flashed, sealed to a server that stores each record. It reads the chips with its own drivers;
perch-hwmon reads what the kernel's drivers say, as the others do, so that is the one that they are compared with: RATIO is
its value by theirs. collectd: Debian's, with the plugins sensors and mqtt. Node-RED: a flow of its own nodes, its editor served.
BOOT: from the kernel's start to the first stored record, or to the first message at the broker; FIRST BOOT, of the agent, has
key, enrolment and config in it. Memory: of all its processes, at the end. CPU: of the emulated core, which is slower than a
board's: look at the ratios. Where others use this machine, the emulated core waits for its turn: that time is taken out of
BOOT and CPU, and RAN is how much of its time it had. KB/H: what reached the card after the start. The agent keeps records
until they are stored; the others keep nothing.
INSTALLED: all its files. PACKAGE: what is downloaded for them: .deb files; Node-RED with Node as a .tar.xz. UPDATE: what a
release with one line changed takes: the agent's patch, without the metadata of a release; the .deb of collectd-core; the npm
packages that a release of Node-RED brings anew.`,
  options: {
    minutes: { value: 'N', help: `how long each runs after its first value (default: ${MINUTES})` },
    contender: { value: 'NAME', help: `${CONTENDERS.join(', ')} or all (default: all)` },
  },
  async run(values, watch) {
    const minutes = numberOption(values, 'minutes', MINUTES, { least: 1, most: 120 });
    const wanted = wordOption(values, 'contender', 'all', [...CONTENDERS, 'all']);
    const absent = Object.keys(NEEDED).filter((name) => findProgram(name) === undefined);
    if (absent.length > 0) {
      const packages = [...new Set(absent.map((name) => NEEDED[name]))].join(' ');
      throw new UsageError(`the emulated board needs ${absent.join(', ')}: apt-get install ${packages}`);
    }
    const folder = mkdtempSync(join(tmpdir(), 'perch-bench-parts-'));
    const undo: (() => Promise<void>)[] = [];
    try {
      const parts = keepParts(folder, await boardParts(watch.progress));
      const house = await fieldHouse({ after: (fn) => void undo.push(fn) });
      const ground = { house, parts, watch };
      const names = CONTENDERS.filter((name) => wanted === 'all' || wanted === name);
      const all: Measured[] = [];
      for (const contender of await contendersOf(names, ground))
        all.push(await runContender(contender, minutes, ground));
      const { figures, text } = findingsOf(all);
      return {
        figures,
        text: `${THERMOMETERS.length} thermometers at 1 Hz, ${minutes} minutes each\n\n${text}`,
      };
    } finally {
      for (const fn of undo) await fn();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
