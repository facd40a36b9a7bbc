// npm run package: makes the packages of the agent, for Debian and for others.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { VERSION } from '../agent/src/version.ts';
import { isVersion } from '../broker-bridge/src/release.ts';
import { buildAgent } from './build/build-agent.ts';
import { ROOT } from './build/paths.ts';
import { BUILD_PLATFORMS, type BuildPlatform, targetOf } from './build/targets.ts';
import { type MadePackage, makePackages } from './package/make-packages.ts';

const HELP = `Packs the agent for boards: a .deb for Debian, Raspberry Pi OS and Ubuntu, and a .tar.gz with
install.sh for other distributions and init systems.

usage: npm run package -- [options]

  --platform P      ${BUILD_PLATFORMS.join(' or ')}; more than once for both (default: both)
  --version V       version of executable and package (default: ${VERSION}, from agent/package.json)
  --executable F    pack this executable instead of building one; needs one --platform, and
                    --version must be what it says of itself
  --out FOLDER      where to put them (default: dist)
  --fast            large and quick: for trying something out
  --json            print the result as JSON: [{ kind, platform, version, path, bytes, sha256 }]
  --help            this text

  npm run package -- --platform linux-arm64            # a Raspberry Pi with a 64-bit system
  scp dist/perch-agent_${VERSION}_arm64.deb pi@greenhouse:
  ssh pi@greenhouse sudo apt install ./perch-agent_${VERSION}_arm64.deb

The same sources give the same bytes. What a board does with them: firmware-notes/installing.md
`;

type Options = {
  platforms: BuildPlatform[];
  version: string;
  executable: string | undefined;
  out: string;
  fast: boolean;
  json: boolean;
};

/** Returns undefined when help is asked for. Throws an Error for what it does not understand. */
function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      platform: { type: 'string', multiple: true },
      version: { type: 'string', default: VERSION },
      executable: { type: 'string' },
      out: { type: 'string', default: join(ROOT, 'dist') },
      fast: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const platforms = [...new Set((values.platform ?? BUILD_PLATFORMS).map((name) => targetOf(name).platform))];
  if (!isVersion(values.version))
    throw new Error(`"${values.version}" is not a version; use three numbers such as 0.2.0 or 1.0.0-rc.1`);
  if (values.executable !== undefined && platforms.length !== 1)
    throw new Error('--executable is one file for one platform: say which with --platform');
  const { version, executable, out, fast, json } = values;
  return { platforms, version, executable, out, fast, json };
}

async function run({ platforms, version, executable, out, fast, json }: Options): Promise<void> {
  const started = performance.now();
  const progress = (message: string): void => console.error(`  ${message}`);
  const executables = new Map<BuildPlatform, string>();
  for (const platform of platforms) {
    const outfile = join(ROOT, 'dist', `perch-agent-${platform}`);
    executables.set(
      platform,
      executable ?? (await buildAgent({ platform, version, outfile, progress })).path,
    );
  }
  // Compressing takes one core each, and is most of the time.
  const packing = platforms.map((platform) =>
    makePackages({ platform, version, executable: executables.get(platform)!, out, fast, progress }),
  );
  const made = (await Promise.all(packing)).flat();
  if (json) console.log(JSON.stringify(made, null, 2));
  else tell(made, (performance.now() - started) / 1000);
}

function tell(made: readonly MadePackage[], seconds: number): void {
  const bold = process.stdout.isTTY === true ? (text: string) => `\u001b[1m${text}\u001b[0m` : String;
  for (const { path, version, bytes, sha256 } of made)
    console.log(`${bold(path)}  ${version}  ${(bytes / 1e6).toFixed(1)} MB\n  sha256 ${sha256}`);
  console.log(`${seconds.toFixed(1)} s`);
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) console.log(HELP);
  else await run(options);
} catch (error) {
  console.error(`package: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
