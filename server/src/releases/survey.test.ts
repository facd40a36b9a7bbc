import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { arch, platform as os } from 'node:process';
import { test } from 'node:test';
import type { Platform } from '@perch/broker-bridge/release.ts';
import fc from 'fast-check';
import { elfOf } from './sample-elf.ts';
import { checkVersion, TELL_LIMIT } from './says-version.ts';
import { TextSearch } from './text-search.ts';

test('a text is found wherever the chunks end', () => {
  const some = fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom('a', 'b') });
  fc.assert(
    fc.property(some, fc.array(some, { maxLength: 12 }), (text, chunks) => {
      const search = new TextSearch([text]);
      for (const chunk of chunks) search.push(Buffer.from(chunk));
      assert.equal(search.found, chunks.join('').includes(text));
    }),
    { numRuns: 500 },
  );
  const nothing = new TextSearch([]);
  nothing.push(Buffer.from('anything'));
  assert.equal(nothing.found, false);
});

async function withProgram(content: Buffer | string, body: (file: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'perch-version-'));
  try {
    const file = join(folder, 'program');
    writeFileSync(file, content, { mode: 0o755 });
    await body(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const HERE = `${os}-${arch}` as Platform;
const ELSEWHERE: Platform = HERE === 'linux-x64' ? 'linux-arm64' : 'linux-x64';

test('an executable for this machine is asked for its version', () =>
  withProgram(elfOf(HERE, 5000, '1.2.3'), async (file) => {
    await checkVersion(file, HERE, '1.2.3', false);
    await assert.rejects(checkVersion(file, HERE, '1.2.4', true), {
      code: 'MALFORMED',
      message: /says that it is version "1\.2\.3", not 1\.2\.4/,
    });
  }));

test('one for this machine that does not start is not published', async () => {
  await withProgram('neither a script nor a program', (file) =>
    assert.rejects(checkVersion(file, HERE, '1.2.3', true), { code: 'DOES_NOT_START' }),
  );
  await withProgram('#!/bin/sh\necho 1.2.3; exit 1\n', (file) =>
    assert.rejects(checkVersion(file, HERE, '1.2.3', true), { code: 'DOES_NOT_START', message: /\(1\)/ }),
  );
  await withProgram(`#!/bin/sh\nprintf '%${TELL_LIMIT + 1}s' x\n`, (file) =>
    assert.rejects(checkVersion(file, HERE, '1.2.3', true), { code: 'DOES_NOT_START' }),
  );
  await withProgram('#!/bin/sh\nexec sleep 60\n', (file) =>
    assert.rejects(checkVersion(file, HERE, '1.2.3', true, 100), {
      code: 'DOES_NOT_START',
      message: /SIGKILL/,
    }),
  );
});

test('one that may not be run here, or is for another platform, must have its version in it', async () => {
  await withProgram(elfOf(ELSEWHERE, 5000), async (file) => {
    await checkVersion(file, ELSEWHERE, '0.2.0', true);
    await assert.rejects(checkVersion(file, ELSEWHERE, '0.2.1', false), {
      code: 'MALFORMED',
      message: /says so/,
    });
  });
  await withProgram(elfOf(HERE, 5000), async (file) => {
    chmodSync(file, 0o644);
    await checkVersion(file, HERE, '0.2.0', true);
    await assert.rejects(checkVersion(file, HERE, '0.2.1', false), { code: 'MALFORMED' });
  });
});

test('an executable learns nothing of this server from its environment', () =>
  withProgram('#!/bin/sh\necho "$(env | grep -c SECRET)"\n', async (file) => {
    process.env.PERCH_SECRET = 'x';
    try {
      await checkVersion(file, HERE, '0', false);
    } finally {
      delete process.env.PERCH_SECRET;
    }
  }));
