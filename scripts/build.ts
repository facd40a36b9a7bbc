// npm run build: makes the agent's executables and the server's page.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { VERSION } from '../agent/src/version.ts';
import { buildAgent } from './build/build-agent.ts';
import { buildPage } from './build/build-page.ts';
import { ROOT } from './build/paths.ts';
import { BUILD_PLATFORMS, type BuildPlatform, targetOf } from './build/targets.ts';

const HELP = `Builds the agent's executables: one file each, Node and the native parts inside. And the page that the server serves.

usage: npm run build -- [options]

  --platform P   one platform only: ${BUILD_PLATFORMS.join(' or ')} (default: both)
  --version V    version the executable carries (default: ${VERSION}, from agent/package.json)
  --out FILE     where to put it; needs --platform (default: dist/perch-agent-<platform>)
  --json         print the result as JSON: [{ platform, version, path, bytes, sha256 }]
  --help         this text

What has not changed since the last build is not built again. Building for another processor than this machine's needs
a cross compiler; as root on Debian it is installed when missing.
`;

type Options = { platforms: BuildPlatform[]; version: string; out: string | undefined; json: boolean };

/** Returns undefined when help is asked for. Throws an Error for what it does not understand. */
function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      platform: { type: 'string' },
      version: { type: 'string', default: VERSION },
      out: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  if (values.out !== undefined && values.platform === undefined)
    throw new Error('--out names one file: say which one with --platform');
  const platforms = values.platform === undefined ? BUILD_PLATFORMS : [targetOf(values.platform).platform];
  return { platforms, version: values.version, out: values.out, json: values.json };
}

async function run(options: Options): Promise<void> {
  const progress = (message: string): void => console.error(`  ${message}`);
  await buildPage(progress);
  const results: unknown[] = [];
  for (const platform of options.platforms) {
    const started = performance.now();
    const result = await buildAgent({
      platform,
      version: options.version,
      outfile: options.out ?? join(ROOT, 'dist', `perch-agent-${platform}`),
      progress,
    });
    results.push({ platform, version: options.version, ...result });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (!options.json)
      console.log(
        `${result.path}  ${options.version}  ${(result.bytes / 1e6).toFixed(1)} MB  ${seconds} s\n  sha256 ${result.sha256}`,
      );
  }
  if (options.json) console.log(JSON.stringify(results, null, 2));
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) console.log(HELP);
  else await run(options);
} catch (error) {
  console.error(`build: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
