import { existsSync } from 'node:fs';
import { type BuildFailure, build, formatMessages } from 'esbuild';
import { leanPlugin } from './lean-plugin.ts';
import { type Addons, nativePlugin } from './native-plugin.ts';
import { ROOT } from './paths.ts';
import { schemasPlugin } from './schemas-plugin.ts';

export type BundleInputs = { entry: string; version: string; addons: Addons };

const isBuildFailure = (error: unknown): error is BuildFailure =>
  error instanceof Error && 'errors' in error && Array.isArray(error.errors);

/**
 * Bundles the agent and everything it imports, addons included, into one minified CommonJS file.
 * The bytes depend on the sources, the version and the addons, and not on the folder.
 * @throws Error with esbuild's messages. Top-level await in the entry is one: CommonJS has none.
 */
export async function bundleAgent({ entry, version, addons }: BundleInputs): Promise<Uint8Array> {
  if (!existsSync(entry)) throw new Error(`the agent's entry ${entry} is missing`);
  try {
    const result = await build({
      absWorkingDir: ROOT,
      entryPoints: [entry],
      bundle: true,
      write: false,
      outfile: 'agent.cjs',
      platform: 'node',
      target: 'node24',
      format: 'cjs',
      minify: true,
      // Node prints the source line of an uncaught error: not all of the bundle into somebody's journal.
      lineLimit: 160,
      charset: 'utf8',
      legalComments: 'none',
      logLevel: 'silent',
      define: { PERCH_VERSION: JSON.stringify(version), 'process.env.NODE_ENV': '"production"' },
      plugins: [nativePlugin(addons), leanPlugin, schemasPlugin],
    });
    if (result.warnings.length > 0) {
      const texts = await formatMessages(result.warnings, { kind: 'warning' });
      throw new Error(`bundling the agent gave warnings:\n${texts.join('')}`);
    }
    return result.outputFiles[0]!.contents;
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    const texts = await formatMessages(error.errors, { kind: 'error' });
    throw new Error(`the agent could not be bundled:\n${texts.join('')}`, { cause: error });
  }
}
