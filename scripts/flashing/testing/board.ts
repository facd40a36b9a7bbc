import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Enrolment, writeToken } from '../../../broker-bridge/src/enrolment.ts';
import { type Payload, payload } from '../../package/payload.ts';
import { elf } from './images.ts';

const key = (): string => randomBytes(32).toString('base64url');
const SERVER_KEY = key();
const ROOT_HASH = key();

/** A token that is valid in itself. All are of one server. */
export const tokenFor = (alias: string, more: Partial<Enrolment> = {}): string =>
  writeToken({
    v: 1,
    alias,
    broker: 'mqtts://broker.example',
    prefix: 'perch/v1',
    serverKey: SERVER_KEY,
    root: ROOT_HASH,
    secret: randomBytes(16).toString('base64url'),
    ...more,
  });

/** What a board gets, with an executable that is a head and a megabyte of noise. */
export function samplePayload(folder: string, version = '0.1.0'): Payload {
  const executable = join(folder, `perch-agent-${version}`);
  writeFileSync(executable, Buffer.concat([elf('arm64'), randomBytes(1024 * 1024)]));
  return payload({ platform: 'linux-arm64', version, executable });
}
