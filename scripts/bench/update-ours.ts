import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { EXEC_ARGV } from '../build/seal.ts';
import { measuredRun } from './measured-run.ts';
import type { Scheme } from './update-scheme.ts';

const CHILD = join(import.meta.dirname, 'update-child.ts');

/** The applier as it is in the executable: bundled, because Node's interpreter alone cannot strip types. */
async function bundled(path: string): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [CHILD],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
  });
  writeFileSync(path, outputFiles[0]!.contents);
}

/** An empty base means the full form. */
const ours = (name: string, flags: readonly string[]): Scheme => ({
  name,
  async make({ base, target, patch, signal }) {
    const run = await measuredRun(process.execPath, [CHILD, 'make', base, target, patch], signal);
    return { ...run, bytes: statSync(patch).size };
  },
  async apply({ base, target, patch, output, signal }) {
    const program = `${patch}.cjs`;
    await bundled(program);
    try {
      const run = await measuredRun(
        process.execPath,
        [...flags, program, 'apply', base, target, patch, output],
        signal,
      );
      const { seconds, memory } = JSON.parse(run.stdout) as { seconds: number; memory: number };
      return { ...run, seconds, memory };
    } finally {
      rmSync(program);
    }
  },
});

/** With the V8 options of the executable, as on boards. */
export const OURS = ours('perch', EXEC_ARGV);
/** With V8's compilers, for comparison. */
export const OURS_COMPILED = ours('perch, compiled', []);
