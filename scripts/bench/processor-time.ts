import { readFileSync } from 'node:fs';

/** proc(5): utime and stime are in clock ticks, which Linux shows to programs as 100 per second. */
const TICK_MS = 10;

/** Milliseconds of processor time that a process has used so far; undefined where the kernel has no /proc. */
export function processorTime(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets, which may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return undefined;
  }
}
