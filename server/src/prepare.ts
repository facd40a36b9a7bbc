import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { MessageOf } from '@perch/broker-bridge/protocol/messages.ts';
import type { Found } from './releases/object-maker.ts';
import type { Release } from './store/contract.ts';

/**
 * The answer to Prepare: the metadata that the board lacks, and what carries the release to it. Pure.
 * @throws PerchError NO_TARGET for a release that is not published for the board's platform
 */
export function preparedFor(
  re: number,
  message: MessageOf<'prepare'>,
  platform: string,
  known: {
    releases: readonly Release[];
    metadata: Uint8Array;
    find(target: Release, have: string | undefined): Found;
  },
): MessageOf<'prepared'> {
  const target = known.releases.find(
    (release) => release.platform === platform && release.version === message.version,
  );
  if (target === undefined)
    throw new PerchError('NO_TARGET', `${message.version} is not published for ${platform}`);
  const { metadata } = known;
  const answer: MessageOf<'prepared'> = {
    ...{ name: 'prepared', re },
    ...(metadata.length === 0 ? {} : { metadata }),
  };
  const have = message.have && Buffer.from(message.have).toString('hex');
  const found = known.find(target, have);
  if ('wait' in found) return { ...answer, wait: found.wait };
  const { sha256, length, baseSha256 } = found.object;
  return {
    ...answer,
    object: {
      sha256: Buffer.from(sha256, 'hex'),
      length,
      ...(baseSha256 === '' ? {} : { patch: true }),
    },
  };
}
