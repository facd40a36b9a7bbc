import { join } from 'node:path';
import { buildAgent } from './build-agent.ts';
import { CACHE } from './paths.ts';
import { BUILD_PLATFORMS, type BuildPlatform } from './targets.ts';

/** Versions that the end-to-end tests update from and to. */
export const E2E_VERSIONS = ['0.1.0', '0.2.0', '0.3.0'] as const;

const built = new Map<string, Promise<string>>();

/**
 * Path of an agent executable for a test: built now if it is not there or older than the sources, and kept in
 * node_modules/.cache. Any number of test files may ask at once.
 */
export function e2eExecutable(
  platform: BuildPlatform,
  version: string,
  progress?: (message: string) => void,
): Promise<string> {
  const name = `perch-agent-${platform}-${version}`;
  let path = built.get(name);
  if (path === undefined) {
    path = buildAgent({
      platform,
      version,
      outfile: join(CACHE, 'e2e', name),
      ...(progress ? { progress } : {}),
    }).then((result) => result.path);
    built.set(name, path);
  }
  return path;
}

/** Builds all executables that the end-to-end tests use, one after the other. */
export async function buildE2eExecutables(progress: (message: string) => void): Promise<void> {
  for (const platform of BUILD_PLATFORMS)
    for (const version of E2E_VERSIONS) await e2eExecutable(platform, version, progress);
}
