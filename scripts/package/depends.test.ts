import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { compileBoardAddon, compileI2cAddon, serialAddon } from '../build/compile-addon.ts';
import { e2eExecutable } from '../build/e2e-executables.ts';
import { runtimePackage } from '../build/runtime-package.ts';
import { BUILD_PLATFORMS, targetOf } from '../build/targets.ts';
import { lacking, lackingFor } from '../test/programs.ts';
import { NEWEST_SYMBOLS } from './control.ts';

/** The libraries of DEPENDS: libc6, libgcc-s1 and libstdc++6 hold them. */
const PROVIDED =
  /^(lib(c|m|dl|pthread|rt)\.so\.[0-9]|libstdc\+\+\.so\.6|libgcc_s\.so\.1|ld-linux-(x86-64|aarch64)\.so\.[0-9])$/;

const older = (a: string, b: string): boolean => {
  const [x, y] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (let i = 0; i < Math.max(x.length, y.length); i++) if (x[i] !== y[i]) return (x[i] ?? 0) < (y[i] ?? 0);
  return false;
};

for (const platform of BUILD_PLATFORMS)
  describe(`what the executable for ${platform} needs`, {
    skip: lackingFor(platform) || lacking('readelf'),
  }, () => {
    const files = async (): Promise<string[]> => {
      const target = targetOf(platform);
      const runtime = await runtimePackage(target);
      // Its native parts are bytes inside it, which readelf does not see.
      const parts = [await compileI2cAddon(target, runtime), await compileBoardAddon(target, runtime)];
      return [await e2eExecutable(platform, '0.1.0'), ...parts, serialAddon(target)];
    };

    test('is in the packages that it depends on', async () => {
      for (const file of await files()) {
        const dynamic = execFileSync('readelf', ['-dW', file], { encoding: 'utf8' });
        const needed = [...dynamic.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name]) => name!);
        assert.ok(needed.length > 0);
        for (const name of needed) assert.match(name, PROVIDED, file);
      }
    });

    test('is there in the oldest versions of them that it allows', async () => {
      for (const file of await files()) {
        const versions = execFileSync('readelf', ['-VW', file], { encoding: 'utf8' });
        // Only what it needs, not what it offers.
        const needs = versions.slice(versions.indexOf("Version needs section '.gnu.version_r'"));
        const found = [...needs.matchAll(/Name: ([A-Z]+)_([0-9.]+)/g)];
        assert.ok(found.length > 0);
        for (const [, name, version] of found) {
          const newest = NEWEST_SYMBOLS[name as keyof typeof NEWEST_SYMBOLS];
          assert.ok(newest !== undefined, `${file} needs ${name}`);
          assert.ok(!older(newest, version!), `${file} needs ${name}_${version}; newer than ${newest}`);
        }
      }
    });
  });
