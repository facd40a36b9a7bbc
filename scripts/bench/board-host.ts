import { readdirSync, readFileSync } from 'node:fs';

/** What the emulated processor had of this machine's, in seconds. */
export interface Turns {
  ran: number;
  /** It could have run, and others did. */
  waited: number;
}

/** The busiest of some threads, from the texts of their /proc/PID/task/TID/schedstat (sched-stats: ns run, ns waited). */
export function busiest(texts: readonly string[]): Turns {
  const all = texts.map((text) => {
    const [ran, waited] = text.trim().split(' ').map(Number);
    return { ran: ran! / 1e9, waited: waited! / 1e9 };
  });
  return all.reduce((most, each) => (each.ran > most.ran ? each : most), { ran: 0, waited: 0 });
}

/** The process of QEMU that has this word among its arguments. @throws Error when there is none */
export function emulatorWith(word: string): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    try {
      const qemu = readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('qemu-system');
      if (qemu && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word)) return Number(pid);
    } catch {
      // It has ended meanwhile.
    }
  throw new Error('the emulated board has ended');
}

/** Turns of the emulated processor since QEMU started: it is the thread that runs most. */
export function turnsOfEmulator(pid: number): Turns {
  const folder = `/proc/${pid}/task`;
  return busiest(readdirSync(folder).map((thread) => readFileSync(`${folder}/${thread}/schedstat`, 'utf8')));
}

/** The share of the time that it was ready in which it ran: 1 on a machine of its own. */
export function shareOfTurns(before: Turns, after: Turns): number {
  const ran = after.ran - before.ran;
  const ready = ran + after.waited - before.waited;
  return ready > 0 ? ran / ready : 1;
}
