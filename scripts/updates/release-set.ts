import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '@perch/broker-bridge/release.ts';
import type { ReleaseTarget } from '@perch/broker-bridge/update/release-target.ts';
import { SegmentHasher } from '@perch/broker-bridge/update/segment-index.ts';
import { TestFleet } from '@perch/broker-bridge/update/testing/test-fleet.ts';
import { makePatch } from '../../server/src/releases/delta/make.ts';
import { seeded } from '../fuzz/random.ts';

/** Stand-ins for executables have so many bytes unless told: some segments, the last one cut. */
export const STAND_IN_BYTES = 1_200_000;

/** A release of a set: its executable, and what is signed of it. */
export interface MadeRelease {
  version: string;
  path: string;
  bytes: Buffer;
  target: Omit<ReleaseTarget, 'path'>;
}

/** What carries a release, as a server would say. */
export interface MadeObject {
  sha256: string;
  bytes: Buffer;
  patch: boolean;
}

/** A script that says its version and else does what `body` says, filled up to a size with bytes that compress badly. */
export function standIn(version: string, body = 'exit 0', bytes = STAND_IN_BYTES): Buffer {
  const script = `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; exit 0; fi\n${body}\nexit 0\n`;
  const random = seeded(7);
  const filling = Buffer.alloc(Math.max(0, bytes - script.length));
  for (let at = 0; at + 4 <= filling.length; at += 4) filling.writeUInt32LE(random.below(2 ** 32), at);
  return Buffer.concat([Buffer.from(script), filling]);
}

/** Releases of one platform, signed by a fleet of the test's own, with patches between all of them and full forms. */
export class ReleaseSet {
  readonly fleet = new TestFleet();
  readonly releases = new Map<string, MadeRelease>();
  readonly #folder: string;
  readonly #objects = new Map<string, Promise<MadeObject>>();

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    this.fleet.releases = [];
    this.fleet.publish('targets', 'snapshot', 'timestamp');
  }

  /** Signs one more release; those before stay signed. */
  add(version: string, bytes: Buffer, more: Partial<ReleaseTarget> = {}): MadeRelease {
    const path = join(this.#folder, `agent-${version}`);
    writeFileSync(path, bytes);
    chmodSync(path, 0o700);
    const hasher = new SegmentHasher();
    hasher.update(bytes);
    const { length, sha256, index } = hasher.digest();
    const target: MadeRelease['target'] = {
      ...{ platform: 'linux-x64', version, sequence: this.releases.size + 1, length, sha256, index },
      ...more,
    };
    const release = { version, path, bytes, target };
    this.releases.set(version, release);
    this.fleet.releases = [...this.releases.values()].map((one) => one.target);
    this.fleet.publish('targets', 'snapshot', 'timestamp');
    return release;
  }

  of(version: string): MadeRelease {
    const release = this.releases.get(version);
    if (release === undefined) throw new Error(`no release ${version} was made`);
    return release;
  }

  /** The patch from what has this hash (hex) when it is a release, else the full form. Each is made once. */
  object(version: string, have: string | undefined): Promise<MadeObject> {
    const base = [...this.releases.values()].find((one) => one.target.sha256 === have);
    const key = `${version} ${base?.version}`;
    const made = this.#objects.get(key) ?? this.#make(this.of(version), base);
    this.#objects.set(key, made);
    return made;
  }

  /** All objects that were made so far. */
  made(): Promise<MadeObject[]> {
    return Promise.all(this.#objects.values());
  }

  async #make(target: MadeRelease, base: MadeRelease | undefined): Promise<MadeObject> {
    const out = join(this.#folder, `object-${target.version}-${base?.version}`);
    await makePatch({ base: base?.path, target: target.path, out });
    const bytes = readFileSync(out);
    return { bytes, sha256: sha256Hex(bytes), patch: base !== undefined };
  }
}
