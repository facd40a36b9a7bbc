/** proc(5): times of a process are in clock ticks, which Linux shows to programs as 100 per second. */
const TICKS = 100;
/** Documentation/block/stat.rst: sectors of a disk's statistics are 512 bytes, whatever the disk has. */
const SECTOR = 512;
const KIB = 1024;

/** What /proc and /sys of the board say of one process. */
export interface ProcessUsage {
  pid: number;
  parent: number;
  name: string;
  /** Processor time of it and of its children that have ended, in clock ticks. */
  ticks: number;
  /** Bytes; 0 for a thread of the kernel. */
  resident: number;
  /** Bytes that it does not share with a file. */
  anonymous: number;
}

export interface BoardUsage {
  /** Seconds since the kernel started. */
  uptime: number;
  /** Bytes that were written to the card since then. */
  written: number;
  processes: ProcessUsage[];
}

/** What sh on the board runs for `boardUsage`. What is not on the card by then is put there first. */
export const USAGE_COMMAND =
  'sync; cat /proc/uptime /sys/block/vda/stat; for p in /proc/[0-9]*; do cat $p/stat $p/status; done 2>/dev/null; true';

function processOf(line: string): ProcessUsage | undefined {
  // The second field is the program's name in brackets, which may hold anything.
  const [, pid, name, rest] = /^(\d+) \((.*)\) (\S .*)$/.exec(line) ?? [];
  if (pid === undefined || name === undefined || rest === undefined) return undefined;
  const fields = rest.split(' ');
  if (fields.length < 15) return undefined;
  // utime, stime, cutime and cstime
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return {
    pid: Number(pid),
    parent: Number(fields[1]),
    name,
    ticks,
    resident: 0,
    anonymous: 0,
  };
}

/** Reads what USAGE_COMMAND printed. Processes that ended while it ran are left out or in part. @throws Error */
export function boardUsage(text: string): BoardUsage {
  const [first = '', second = '', ...lines] = text.split('\n').map((line) => line.trimEnd());
  const uptime = Number(first.split(' ')[0] || Number.NaN);
  // The seventh field of a disk's statistics
  const sectors = Number(second.trim().split(/ +/)[6]);
  if (!Number.isFinite(uptime) || !Number.isFinite(sectors))
    throw new Error(`the board does not say how long it is up and what it wrote: ${text.slice(0, 200)}`);
  const processes: ProcessUsage[] = [];
  for (const line of lines) {
    const begun = processOf(line);
    if (begun !== undefined) processes.push(begun);
    const [, key, size] = /^(VmRSS|RssAnon):\s+(\d+) kB$/.exec(line) ?? [];
    const current = processes.at(-1);
    if (current === undefined || size === undefined) continue;
    current[key === 'VmRSS' ? 'resident' : 'anonymous'] = Number(size) * KIB;
  }
  return { uptime, written: sectors * SECTOR, processes };
}

/** All that was started, at any remove, by the process of that name which init has started. That one is left out. */
export function startedBy(processes: readonly ProcessUsage[], name: string): ProcessUsage[] {
  const parents = new Set(
    processes.filter((one) => one.parent === 1 && one.name === name).map(({ pid }) => pid),
  );
  const found = new Set<ProcessUsage>();
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const one of processes)
      if (parents.has(one.parent) && !parents.has(one.pid)) {
        found.add(one);
        parents.add(one.pid);
      }
  }
  return [...found];
}

/** What a contender used: memory at the end, processor and card between two looks. */
export interface Used {
  /** Bytes. */
  resident: number;
  anonymous: number;
  /** Of one core, 0 to 1. */
  share: number;
  /** Bytes per hour. */
  written: number;
}

const sumOf = (processes: readonly ProcessUsage[], key: 'ticks' | 'resident' | 'anonymous'): number =>
  processes.reduce((sum, one) => sum + one[key], 0);

/** @throws Error when nothing of the contender runs, or it was started anew in between */
export function usedBetween(before: BoardUsage, after: BoardUsage, name: string): Used {
  const [then, now] = [before, after].map(({ processes }) => startedBy(processes, name)) as [
    ProcessUsage[],
    ProcessUsage[],
  ];
  const [largest] = then.toSorted((a, b) => b.resident - a.resident);
  if (largest === undefined) throw new Error(`nothing of ${name} runs on the board`);
  if (!now.some(({ pid }) => pid === largest.pid))
    throw new Error(`${largest.name} has ended on the board while it was measured`);
  const seconds = after.uptime - before.uptime;
  return {
    resident: sumOf(now, 'resident'),
    anonymous: sumOf(now, 'anonymous'),
    share: (sumOf(now, 'ticks') - sumOf(then, 'ticks')) / TICKS / seconds,
    written: ((after.written - before.written) / seconds) * 3600,
  };
}
