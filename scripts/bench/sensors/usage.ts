import { readdirSync, readFileSync } from 'node:fs';

/** Processor time that all threads of a process had so far, in ms (Linux, Documentation/scheduler/sched-stats: ns on the CPU). */
export function processorMs(pid: number): number {
  let sum = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      sum += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    } catch {
      // The thread ended in between.
    }
  }
  return sum / 1e6;
}

/** Anonymous memory of a process in MiB: what it does not share with a file (proc(5), RssAnon). */
export function anonymousMiB(pid: number): number {
  const found = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1]) / 1024;
}
