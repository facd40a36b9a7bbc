import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Folders at the root that hold tests. */
export const TEST_FOLDERS = ['agent', 'broker-bridge', 'server', 'scripts'] as const;

/**
 * All `*.test.ts` files below the given folders of `root`, as sorted relative paths; with patterns, those that contain
 * one of them. Finding none is an error: a run of no tests would pass.
 */
export function findTests(
  root: string,
  folders: readonly string[],
  patterns: readonly string[] = [],
): string[] {
  const found: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.name === 'node_modules' || entry.name.startsWith('.')) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.name.endsWith('.test.ts')) found.push(relative(root, path));
    }
  };
  for (const folder of folders) walk(join(root, folder));
  const chosen = found.filter(
    (path) => patterns.length === 0 || patterns.some((pattern) => path.includes(pattern)),
  );
  if (chosen.length === 0)
    throw new Error(
      patterns.length > 0
        ? `no test file has ${patterns.map((pattern) => `"${pattern}"`).join(' or ')} in its path`
        : `there is no *.test.ts file in ${folders.join(', ')}`,
    );
  return chosen.sort();
}
