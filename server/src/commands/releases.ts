import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { Type } from '@sinclair/typebox';
import { LEVEL_FAST, LEVEL_SMALL } from '../releases/pack.ts';
import { publishRelease } from '../releases/publish.ts';
import type { Release } from '../store/contract.ts';
import { command } from './context.ts';

/** A release as commands tell it; the signed bytes are the boards' business. */
export type ReleaseView = Omit<Release, 'manifest' | 'signature'>;

const viewOf = ({ manifest: _, signature: __, ...release }: Release): ReleaseView => release;

/** Data folders in which this process packs a release now: one at a time, as packing takes a core and much memory. */
const packing = new Set<string>();

export const releasePublish = command(
  Type.Object(
    {
      platform: Type.String({ maxLength: 64 }),
      version: Type.String({ maxLength: 64 }),
      file: Type.String({ maxLength: 4096 }),
      fast: Type.Optional(Type.Boolean()),
    },
    { additionalProperties: false },
  ),
  async ({ store, dataDir, keys, live, now }, args, progress) => {
    if (packing.has(dataDir))
      throw new PerchError('BUSY', 'another release is being published; try again when it is done');
    packing.add(dataDir);
    try {
      const { published, release } = await publishRelease({
        ...{ store, dataDir, releaseKey: keys.release.privateKey, progress, now: now() },
        ...{ platform: args.platform, version: args.version, file: args.file },
        level: args.fast ? LEVEL_FAST : LEVEL_SMALL,
      });
      if (published) await live?.releaseChanged(release.platform);
      const [newest] = await store.releases(release.platform);
      return { published, wanted: newest?.sequence === release.sequence, release: viewOf(release) };
    } finally {
      packing.delete(dataDir);
    }
  },
);

export const releaseList = command(
  Type.Object({ platform: Type.Optional(Type.String({ maxLength: 64 })) }, { additionalProperties: false }),
  async ({ store }, args) => {
    const wanted = new Set(
      (await store.wanted()).map((release) => `${release.platform} ${release.sequence}`),
    );
    const releases = (await store.releases(args.platform)).map((release) => ({
      ...viewOf(release),
      wanted: wanted.has(`${release.platform} ${release.sequence}`),
    }));
    return { releases };
  },
);
