import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { FRAME_DEFAULT } from '@perch/broker-bridge/protocol/limits.ts';
import { type Manifest, sha256Hex, signManifest } from '@perch/broker-bridge/release.ts';
import { readBoot } from '../boot-file.ts';
import { FrameBook } from '../frame-book.ts';
import { releaseName } from '../install.ts';
import { Updater } from '../updater.ts';

/** A release key, its public half raw. */
export function releaseKey(): { privateKey: KeyObject; publicKey: Uint8Array } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, publicKey: Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url') };
}
export const KEY = releaseKey();

/** A release whose executable is a script that tells its version. */
export function release(
  version = '0.2.0',
  change: Partial<Manifest> = {},
  script = `#!/bin/sh\necho ${version}\n`,
) {
  const executable = Buffer.concat([Buffer.from(script), Buffer.from(`# ${'x'.repeat(300_000)}\n`)]);
  const object = zstdCompressSync(executable);
  const manifest: Manifest = {
    perch: 1,
    platform: 'linux-x64',
    version,
    sequence: 5,
    length: executable.length,
    sha256: sha256Hex(executable),
    object: { length: object.length, sha256: sha256Hex(object) },
    ...change,
  };
  return { executable, object, manifest, signed: signManifest(manifest, KEY.privateKey) };
}

/** A state folder, gone at the end of the test. */
export function folder(t: { after(fn: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), 'perch-update-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** An updater of a board that runs `version`, and what it says. */
export function updaterOf(state: string, version = '0.1.0', launched = true) {
  const notes: string[] = [];
  let restarts = 0;
  const updater = new Updater({
    state,
    platform: 'linux-x64',
    version,
    releaseKey: KEY.publicKey,
    launched,
    random: () => 0.5,
    fetch: () => 1,
    news: () => {},
    restart: () => {
      restarts += 1;
    },
    note: (text) => notes.push(text),
  });
  return { updater, notes, restarts: () => restarts };
}

/** The updater of a board that was offered a release and has installed it: it asked to be started again. */
export async function installed(state: string, { object, signed } = release()): Promise<Updater> {
  const { updater, restarts } = updaterOf(state);
  updater.offer(signed.manifest, signed.signature);
  for (const offset of new FrameBook(object.length).missing(100))
    updater.takeFrame(1, offset, object.subarray(offset, offset + FRAME_DEFAULT));
  while (restarts() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  return updater;
}

/** A board that has a release on trial, as the run before it left it. */
export async function onTrial(state: string, made = release()) {
  (await installed(state, made)).stop();
  assert.deepEqual(readBoot(state), { current: releaseName(made.manifest), previous: 'packaged', tries: 3 });
  return made;
}
