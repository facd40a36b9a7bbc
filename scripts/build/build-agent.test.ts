import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { commandFor, lackingFor } from '../test/programs.ts';
import { type BuildRequest, type BuildResult, buildAgent } from './build-agent.ts';
import { BUILD_PLATFORMS, type BuildPlatform } from './targets.ts';

const execute = promisify(execFile);
const RUN_TIMEOUT = 60_000;
const ENTRY = join(import.meta.dirname, 'fixtures/small-agent.ts');

describe('building the executable', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'perch-build-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const request = (platform: BuildPlatform, name: string, version = '9.8.7'): BuildRequest => ({
    platform,
    version,
    entry: ENTRY,
    outfile: join(folder, name, `perch-agent-${platform}`),
  });
  const run = async (platform: BuildPlatform, path: string, ...args: string[]): Promise<string> => {
    const [program, ...rest] = commandFor(platform, path);
    const { stdout } = await execute(program, [...rest, ...args], {
      cwd: folder,
      timeout: RUN_TIMEOUT,
      env: { PERCH_STATE: join(folder, 'state') },
    });
    return stdout.trim();
  };

  for (const platform of BUILD_PLATFORMS)
    describe(platform, { skip: lackingFor(platform) }, () => {
      let built: BuildResult;
      before(async () => {
        built = await buildAgent(request(platform, 'first'));
      });

      test('answers with the version it was built with', async () => {
        assert.equal(await run(platform, built.path, '--version'), '9.8.7');
      });

      test('carries the native parts, loads them when asked and not before, and all work', async () => {
        const seen = JSON.parse(await run(platform, built.path, 'native'));
        assert.deepEqual(seen.before, []);
        assert.equal(seen.after.length, 3);
        for (const path of seen.after)
          assert.match(
            path,
            new RegExp(`^${folder}/state/native/(i2c|serial\\w*|board)-[0-9a-f]{64}\\.node$`),
          );
        assert.match(seen.bus, /ENOENT.*\/dev\/i2c-250/);
        assert.match(seen.port, /No such file or directory.*\/dev\/no-such-port/);
        assert.ok(seen.sinceBoot > 0 && seen.clock.maxerror >= 0);
        assert.match(seen.notify, /sendto: No such file or directory/);
      });

      test('has the same bytes when it is built again somewhere else', async () => {
        const again = await buildAgent(request(platform, 'second'));
        assert.notEqual(again.path, built.path);
        assert.equal(again.sha256, built.sha256);
        assert.equal(again.bytes, built.bytes);
      });

      test('is left alone while nothing changes, and replaced when the version does', async () => {
        const made = (await stat(built.path)).mtimeMs;
        const steps: string[] = [];
        const progress = (message: string) => steps.push(message);
        const again = await buildAgent({ ...request(platform, 'first'), progress });
        assert.deepEqual([again, steps], [built, []]);
        assert.equal((await stat(built.path)).mtimeMs, made);

        const next = await buildAgent(request(platform, 'first', '9.8.8'));
        assert.notEqual(next.sha256, built.sha256);
        assert.equal(await run(platform, next.path, '--version'), '9.8.8');
      });
    });

  test('refuses a platform it cannot build and a version that is none', async () => {
    const armv7 = { ...request('linux-x64', 'armv7'), platform: 'linux-armv7' as BuildPlatform };
    await assert.rejects(buildAgent(armv7), /linux-armv7 cannot be built here.*32-bit ARM/);
    const plan9 = { ...request('linux-x64', 'plan9'), platform: 'plan9' as BuildPlatform };
    await assert.rejects(buildAgent(plan9), /no platform "plan9"; use one of linux-x64, linux-arm64/);
    await assert.rejects(buildAgent(request('linux-x64', 'bad', 'new')), /"new" is not a version/);
  });
});
