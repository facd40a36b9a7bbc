import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { filesFor } from '@perch/broker-bridge/update/metadata-blob.ts';
import type { MetadataFile, MetadataVersions } from '@perch/broker-bridge/update/metadata-file.ts';
import { Trust } from '@perch/broker-bridge/update/trust.ts';
import type { Store } from '../../store/contract.ts';
import { databasePath, openSqliteStore } from '../../store/sqlite.ts';
import type { Place } from '../owner.ts';
import { pinnedHash } from '../signed-files.ts';

export const DAY = 86_400_000;
export const START = Date.UTC(2026, 5, 1);

/** A server's data folder for tests, with a clock that is set by hand. */
export interface TestPlace extends Place {
  store: Store;
  /** A folder beside the data folder. */
  folder: string;
  time: number;
  sleep(ms: number): void;
}

export async function withPlace(body: (place: TestPlace) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'perch-tuf-'));
  const dataDir = join(folder, 'data');
  const store = await openSqliteStore(databasePath(dataDir));
  const place: TestPlace = {
    ...{ store, dataDir, folder, time: START },
    now: () => place.time,
    sleep: (ms) => {
      place.time += ms;
    },
  };
  try {
    await body(place);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

/** A board for tests, enrolled with the server's root 1. */
export class ServedBoard {
  readonly #rootSha256: Uint8Array;
  #stored: string | undefined;
  versions: MetadataVersions = { root: 0, timestamp: 0, snapshot: 0, targets: 0 };
  trust: Trust | undefined;

  constructor(files: readonly MetadataFile[]) {
    this.#rootSha256 = pinnedHash(files)!;
  }

  /** Asks for what is newer. 'done', or the code of the refusal. */
  check(files: readonly MetadataFile[], time: number): string {
    this.trust = Trust.open({ rootSha256: this.#rootSha256, stored: this.#stored, time: new Date(time) });
    try {
      this.trust.take(filesFor(this.trust.versions, files));
      return 'done';
    } catch (error) {
      if (error instanceof PerchError) return error.code;
      throw error;
    } finally {
      this.#stored = this.trust.stored();
      this.versions = this.trust.versions;
    }
  }
}
