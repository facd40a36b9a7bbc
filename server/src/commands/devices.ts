import { fingerprint, fingerprintDigits } from '@perch/broker-bridge/fingerprint.ts';
import { checkAlias } from '@perch/broker-bridge/protocol/topics.ts';
import { Type } from '@sinclair/typebox';
import type { Device } from '../store/contract.ts';
import { command } from './context.ts';
import { CommandRefused } from './refusal.ts';

/** A device as commands tell it: the fingerprint stands for the key. */
export type DeviceView = Omit<Device, 'key'> & { fingerprint: string };

export const viewOf = ({ key, ...device }: Device): DeviceView => ({
  ...device,
  fingerprint: fingerprint(key),
});

/** Shortest beginning of a fingerprint that chooses a key, in hex digits. */
const FINGERPRINT_LEAST = 4;

const listed = (found: Device[]): string =>
  found
    .map((device) => `  ${fingerprint(device.key)}  ${device.status}, ${device.platform}, ${device.version}`)
    .join('\n');

/** A device with the groups that its alias is in, if any. */
export type ListedDevice = DeviceView & { groups?: string[] };

export const devices = command(Type.Object({}, { additionalProperties: false }), async ({ store }) => {
  const groups = await store.groups();
  const inGroups = (device: Device): ListedDevice => {
    const names = groups.get(device.alias);
    return { ...viewOf(device), ...(names === undefined ? {} : { groups: names }) };
  };
  return { devices: (await store.devices()).map(inGroups) };
});

/** Lets a board in whose key waits for it. A board that is in already is replaced only when its successor's key is named. */
export const approve = command(
  Type.Object(
    { alias: Type.String(), key: Type.Optional(Type.String({ maxLength: 100 })) },
    { additionalProperties: false },
  ),
  async ({ store, live }, args) => {
    const alias = checkAlias(args.alias);
    if (args.key !== undefined && (fingerprintDigits(args.key)?.length ?? 0) < FINGERPRINT_LEAST)
      throw new CommandRefused(
        `${JSON.stringify(args.key)} is not a fingerprint: give at least ${FINGERPRINT_LEAST} of its hex digits, as \`perch-server devices\` shows it`,
      );
    const known = await store.devicesOf(alias);
    if (args.key === undefined) mustBePlain(alias, known);
    const outcome = await store.approve(alias, args.key);
    if (!outcome.ok) {
      const candidates = outcome.candidates.map(viewOf);
      const message =
        outcome.why === 'ambiguous'
          ? `several keys fit; say which with --key FINGERPRINT:\n${listed(outcome.candidates)}`
          : unknown(alias, outcome.candidates, args.key);
      throw new CommandRefused(message, { candidates });
    }
    await live?.approved(alias);
    return { device: viewOf(outcome.device) };
  },
);

function unknown(alias: string, known: Device[], key: string | undefined): string {
  if (key !== undefined && known.length > 0)
    return `no key of ${alias} begins with ${key}; its keys are:\n${listed(known)}`;
  return (
    `no board asked to be let in as ${alias}. Start its agent first (it shows up as pending), ` +
    `or make a token for it: perch-server enroll ${alias}`
  );
}

/** Without --key only the plain case goes through: somebody waits, and nobody would be thrown out. */
function mustBePlain(alias: string, known: Device[]): void {
  const approved = known.find((device) => device.status === 'approved');
  if (approved === undefined) return;
  const waiting = known.filter((device) => device.status === 'pending');
  const [first] = waiting;
  const now = `${alias} is approved with the key ${fingerprint(approved.key)}`;
  if (first === undefined) throw new CommandRefused(`${now}; no other key waits for approval`);
  throw new CommandRefused(
    `${now}. Approving another one shuts that board out; if you mean it, name the new key:\n` +
      `${listed(waiting)}\n  perch-server approve ${alias} --key ${fingerprint(first.key)}`,
    { candidates: waiting.map(viewOf) },
  );
}

export const revoke = command(
  Type.Object({ alias: Type.String() }, { additionalProperties: false }),
  async ({ store, live }, args) => {
    const alias = checkAlias(args.alias);
    if (!(await store.revoke(alias)))
      throw new CommandRefused(
        `${alias} has no approved key, so there is nothing to revoke; see perch-server devices`,
      );
    await live?.revoked(alias);
    return { alias, revoked: true };
  },
);
