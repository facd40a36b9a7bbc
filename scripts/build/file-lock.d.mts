/**
 * Runs `work` while holding the lock file `path`. Waits at most `wait` milliseconds for another holder (then throws);
 * `onWait(pid)` is called once when there is one.
 */
export function withFileLock<T>(
  path: string,
  options: { wait: number; onWait?: (pid: number) => void },
  work: () => Promise<T>,
): Promise<T>;
