import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A state folder that goes with the test. */
export function folder(t: { after(fn: () => void): void }): string {
  const state = mkdtempSync(join(tmpdir(), 'perch-update-'));
  t.after(() => rmSync(state, { recursive: true, force: true }));
  return state;
}
