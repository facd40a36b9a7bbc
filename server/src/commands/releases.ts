import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { SEQUENCE_LIMIT } from '@perch/broker-bridge/update/release-target.ts';
import { Type } from '@sinclair/typebox';
import { publishRelease } from '../releases/publish.ts';
import { publishSigned } from '../releases/publish-signed.ts';
import { loadFacts } from '../rollout/load.ts';
import { knownOf } from '../rollout/releases.ts';
import type { Release, Store } from '../store/contract.ts';
import { command } from './context.ts';
import { PATHS_LIMIT, Path } from './paths.ts';

/** Data folders in which this process publishes now: one at a time, as it reads and writes much. */
const publishing = new Set<string>();

async function alone<T>(dataDir: string, body: () => Promise<T>): Promise<T> {
  if (publishing.has(dataDir))
    throw new PerchError('BUSY', 'another release is being published; try again when it is done');
  publishing.add(dataDir);
  try {
    return await body();
  } finally {
    publishing.delete(dataDir);
  }
}

/** Tells which releases all boards of a platform get that no rollout leads elsewhere. */
async function standing(store: Store, now: number): Promise<(release: Release) => boolean> {
  const { facts } = await loadFacts(store, now);
  const known = knownOf(facts);
  return ({ platform, sequence }) => known.standing(platform)?.sequence === sequence;
}

export const releasePublish = command(
  Type.Object(
    {
      platform: Type.String({ maxLength: 64 }),
      version: Type.String({ maxLength: 64 }),
      file: Path,
      mayReplace: Type.Optional(Type.Integer({ minimum: 1, maximum: SEQUENCE_LIMIT })),
      hold: Type.Optional(Type.Boolean()),
    },
    { additionalProperties: false },
  ),
  ({ store, dataDir, live, now }, { hold, ...args }, progress) =>
    alone(dataDir, async () => {
      const { platform, version } = args;
      // First, as no board must get it in between.
      if (hold) await store.holdRelease(platform, version, true);
      const { published, release } = await publishRelease({ store, dataDir, now, progress, ...args }).catch(
        async (error) => {
          const exists = (await store.releases(platform)).some((one) => one.version === version);
          if (hold && !exists) await store.holdRelease(platform, version, false);
          throw error;
        },
      );
      if (published) await live?.releaseChanged();
      const wanted = await standing(store, now());
      return { published, wanted: wanted(release), release };
    }),
);

export const releasePublishSigned = command(
  Type.Object(
    { targets: Path, files: Type.Array(Path, { maxItems: PATHS_LIMIT }) },
    { additionalProperties: false },
  ),
  ({ store, dataDir, live, now }, args, progress) =>
    alone(dataDir, async () => {
      const releases = await publishSigned({ store, dataDir, now, progress, ...args });
      if (releases.length > 0) await live?.releaseChanged();
      return { releases };
    }),
);

export const releaseList = command(
  Type.Object({ platform: Type.Optional(Type.String({ maxLength: 64 })) }, { additionalProperties: false }),
  async ({ store, now }, args) => {
    const wanted = await standing(store, now());
    const releases = await store.releases(args.platform);
    const { held } = await store.rolloutFacts();
    const isHeld = ({ platform, version }: Release): boolean =>
      held.some((one) => one.platform === platform && one.version === version);
    return {
      releases: releases.map((release) => ({ ...release, wanted: wanted(release), held: isHeld(release) })),
    };
  },
);
