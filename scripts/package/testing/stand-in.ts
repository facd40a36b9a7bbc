import { chmodSync, writeFileSync } from 'node:fs';

/** Writes a script that answers --version as the agent of that version would, and ends: for what only moves files about. */
export function standInAgent(path: string, version: string): string {
  writeFileSync(path, `#!/bin/sh\n[ "$1" = --version ] && echo ${version}\n`);
  chmodSync(path, 0o755);
  return path;
}
