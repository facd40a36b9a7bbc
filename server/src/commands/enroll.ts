import { createHash, randomBytes } from 'node:crypto';
import { writeToken } from '@perch/broker-bridge/enrolment.ts';
import { parseBroker } from '@perch/broker-bridge/mqtt/link.ts';
import { checkAlias } from '@perch/broker-bridge/protocol/topics.ts';
import { Type } from '@sinclair/typebox';
import { rootHash } from '../tuf/owner.ts';
import { command } from './context.ts';
import { CommandRefused } from './refusal.ts';
import { TTL } from './ttl.ts';

const SECRET_LENGTH = 16;

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

/** Makes a token that lets one board in as `alias`. The secret in it is shown once and stored nowhere; without one the board waits for approval. */
export const enroll = command(
  Type.Object(
    {
      alias: Type.String(),
      ttl: Type.Optional(Type.Integer({ minimum: TTL.least, maximum: TTL.most })), // ms
      /** The broker URL that this token carries, when it is another than the server's setting. */
      broker: Type.Optional(Type.String({ maxLength: 512 })),
      /** false: a token that only introduces the board, so that a person must approve it. */
      secret: Type.Optional(Type.Boolean()),
    },
    { additionalProperties: false },
  ),
  async ({ store, dataDir, keys, settings, now }, args) => {
    const alias = checkAlias(args.alias);
    const broker = args.broker ?? settings.broker;
    let url: string;
    try {
      url = parseBroker(broker).url;
    } catch (error) {
      throw new CommandRefused((error as Error).message);
    }
    const root = await rootHash({ store, dataDir, now });
    const secret = randomBytes(SECRET_LENGTH);
    const created = now();
    const expires = created + (args.ttl ?? TTL.default);
    const token = writeToken({
      // href: the scheme in small letters, which the board insists on
      ...{ v: 1, alias, broker: new URL(broker).href, prefix: settings.prefix },
      ...(args.secret === false ? {} : { secret: base64url(secret) }),
      ...{ serverKey: base64url(keys.static.publicKey), root: base64url(root) },
      ...(settings.ca === undefined ? {} : { ca: settings.ca }),
    });
    if (args.secret !== false) {
      const secretSha256 = createHash('sha256').update(secret).digest('hex');
      await store.addEnrolment({ alias, secretSha256, created, expires });
    }
    const replaces = (await store.devicesOf(alias)).some((device) => device.status === 'approved');
    return { alias, token, broker: url, expires, replaces };
  },
);
