import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { compareVersions } from '../../agent/src/update/plan.ts';
import { lacking } from '../test/programs.ts';
import { changelogFor, changelogTime } from './changelog.ts';
import { controlText, debianVersion, installedSize, md5sumsText } from './control.ts';

const CHANGELOG = `perch-agent (0.2.0) unstable; urgency=medium

  * Second.

 -- A Person <a@example.org>  Fri, 27 Nov 2026 12:00:00 +0000

perch-agent (0.1.0) unstable; urgency=medium

  * First.

 -- A Person <a@example.org>  Thu, 01 Oct 2026 12:00:00 +0000
`;

describe('the control file', () => {
  test('names what the package is, for which processor, and what it needs', () => {
    const text = controlText({ version: '0.2.0', platform: 'linux-arm64', installedKib: 102_400 });
    assert.match(text, /^Package: perch-agent\nVersion: 0\.2\.0\nArchitecture: arm64\n/);
    assert.match(text, /^Installed-Size: 102400$/m);
    assert.match(text, /^Depends: libc6 \(>= 2\.28\), libgcc-s1, libstdc\+\+6 \(>= 7\), passwd$/m);
    assert.match(text, /\n$/);
    assert.match(
      controlText({ version: '1.0.0-rc.1', platform: 'linux-x64', installedKib: 1 }),
      /^Version: 1\.0\.0~rc\.1\nArchitecture: amd64$/m,
    );
  });

  test('versions sort for dpkg as they do for the agent', { skip: lacking('dpkg') }, () => {
    const versions = ['0.9.0', '0.10.0-rc', '0.10.0-rc.1', '0.10.0-rc.2', '0.10.0', '1.0.0'];
    for (const [i, version] of versions.entries()) {
      const next = versions[i + 1];
      if (next === undefined) break;
      assert.ok(compareVersions(version, next) < 0, `${version} < ${next} for the agent`);
      // Throws unless it is so.
      execFileSync('dpkg', ['--compare-versions', debianVersion(version), 'lt', debianVersion(next)]);
    }
    assert.doesNotMatch(debianVersion('1.0.0-a-b'), /-/, 'what follows a dash would be a Debian revision');
  });

  test('the size counts whole KiB of each file and one for each folder', () => {
    const files = [
      { path: '/usr/bin/a', bytes: 1 },
      { path: '/usr/bin/b', bytes: 1024 },
      { path: '/usr/lib/c', bytes: 1025 },
    ];
    assert.equal(installedSize(files), 1 + 1 + 2 + 4); // with /, /usr, /usr/bin, /usr/lib
  });

  test('md5sums has a path without its first slash behind two spaces', () => {
    const md5 = 'd41d8cd98f00b204e9800998ecf8427e';
    assert.equal(md5sumsText([{ path: '/usr/bin/a', md5 }]), `${md5}  usr/bin/a\n`);
  });
});

describe('the changelog', () => {
  test('is what it is for its newest version', () => {
    assert.equal(changelogFor('0.2.0', CHANGELOG), CHANGELOG);
  });

  test('gets an entry in front for another version, of the same person and time', () => {
    const text = changelogFor('0.3.0-rc.1', CHANGELOG);
    assert.match(text, /^perch-agent \(0\.3\.0~rc\.1\) unstable/);
    assert.ok(text.endsWith(`\n\n${CHANGELOG}`));
    assert.equal(changelogTime(text), changelogTime(CHANGELOG));
    assert.equal(changelogTime(CHANGELOG), Date.UTC(2026, 10, 27, 12) / 1000);
  });

  test('one that is no changelog is refused by its name', () => {
    assert.throws(() => changelogFor('0.2.0', '# Changelog\n'), /changelog does not begin with an entry/);
  });
});
