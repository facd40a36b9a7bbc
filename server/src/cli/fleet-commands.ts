import { tokenLines } from '@perch/broker-bridge/enrolment.ts';
import { fingerprintDigits } from '@perch/broker-bridge/fingerprint.ts';
import type { DeviceView } from '../commands/devices.ts';
import { TTL } from '../commands/ttl.ts';
import { restartText } from '../words.ts';
import type { CliCommand } from './command-line.ts';
import { perform } from './perform.ts';
import { printJson, say } from './print.ts';
import { colour, printable, spanText, table } from './text.ts';
import { UsageError } from './usage-error.ts';
import { spanOption } from './values.ts';

const enroll: CliCommand = {
  words: 'enroll',
  positionals: ['ALIAS'],
  summary: 'Make a token that lets one board in',
  help: `
ALIAS is the board's name: 1 to 64 of a-z 0-9 . _ -
The token carries a secret that works once, so hand it over as you would a password.

Example:
  perch-server enroll greenhouse-1
and on the board:
  perch-agent enroll -`,
  options: {
    'no-secret': {
      type: 'boolean',
      help: 'a token that lets nobody in by itself: the board waits for perch-server approve',
    },
    ttl: { type: 'string', value: 'TIME', help: 'how long the token can be used, 1m to 30d (7d)' },
    broker: {
      type: 'string',
      value: 'URL',
      help: 'the broker as this board reaches it, when not as the server says',
    },
  },
  async run(input) {
    const ttl = spanOption('ttl', input.text('ttl'));
    if (ttl !== undefined && (ttl < TTL.least || ttl > TTL.most))
      throw new UsageError(`--ttl ${input.text('ttl')}: a token can be used for 1m to 30d`);
    const broker = input.text('broker');
    const result = await perform(input.place, 'enroll', {
      alias: input.positionals[0]!,
      ...(ttl === undefined ? {} : { ttl }),
      ...(input.flag('no-secret') ? { secret: false } : {}),
      ...(broker === undefined ? {} : { broker }),
    });
    if (input.json) return printJson(result);
    const within = input.flag('no-secret') ? '' : ` within ${spanText(result.expires - Date.now() + 1000)}`;
    say(
      `Run this on the board${within}: perch-agent enroll -`,
      `and give it this token, then Ctrl-D. It will talk to the broker at ${printable(result.broker)}.`,
    );
    if (result.replaces) say(`${result.alias} has an approved board; the new one will take its place.`);
    for (const line of tokenLines(result.token)) console.log(line);
    return 0;
  },
};

const STATUS_COLOURS = { approved: 'green', pending: 'yellow', revoked: 'red' } as const;

function noteOf(device: DeviceView): string {
  const notes = [];
  if (device.refused) notes.push(`refused config ${device.refused.version}: ${device.refused.text}`);
  if (device.update) {
    const { sequence, state, error, progress, detail: why } = device.update;
    const detail = why ?? error ?? (progress === undefined ? undefined : `${progress}%`);
    notes.push(`release ${sequence} ${state}${detail === undefined ? '' : ` (${detail})`}`);
  }
  if (device.restart) notes.push(restartText(device.restart));
  return printable(notes.join('; '));
}

const devices: CliCommand = {
  words: 'devices',
  positionals: [],
  summary: 'List the boards and who waits to be let in',
  help: `
A pending board asked to be let in without a token. Compare its fingerprint with the one that the board shows
(perch-agent status), then let it in with perch-server approve.

Example:
  perch-server devices`,
  options: {},
  async run(input) {
    const result = await perform(input.place, 'devices', {});
    if (input.json) return printJson(result);
    if (result.devices.length === 0) {
      say('No board has been here yet. Make a token for the first one: perch-server enroll ALIAS');
      return 0;
    }
    const now = Date.now();
    const rows = result.devices.map((device) => [
      printable(device.alias),
      colour(STATUS_COLOURS[device.status], device.status),
      device.fingerprint,
      printable(device.platform),
      printable(device.version),
      device.configVersion === 0 ? '-' : String(device.configVersion),
      `${spanText(now - device.lastSeen)} ago`,
      printable((device.groups ?? []).join(' ')),
      noteOf(device),
    ]);
    console.log(
      table(
        ['ALIAS', 'STATUS', 'FINGERPRINT', 'PLATFORM', 'VERSION', 'CONFIG', 'SEEN', 'GROUPS', 'NOTE'],
        rows,
      ),
    );
    return 0;
  },
};

const approve: CliCommand = {
  words: 'approve',
  positionals: ['ALIAS'],
  summary: 'Let a pending board in',
  help: `
The board must have asked before: start its agent, then look at perch-server devices.
When several keys wait under one alias, or a board is in already, say which one you mean.

Examples:
  perch-server approve greenhouse-1
  perch-server approve greenhouse-1 --key 3f2a-90bc`,
  options: {
    key: { type: 'string', value: 'FINGERPRINT', help: 'the fingerprint of the key, or its beginning' },
  },
  async run(input) {
    const key = input.text('key');
    if (key !== undefined && fingerprintDigits(key) === undefined)
      throw new UsageError(`--key ${printable(key)}: write a fingerprint such as 3f2a-90bc-11d4-e07a`);
    const result = await perform(input.place, 'approve', {
      alias: input.positionals[0]!,
      ...(key === undefined ? {} : { key }),
    });
    if (input.json) return printJson(result);
    console.log(`${result.device.alias} is approved with the key ${result.device.fingerprint}.`);
    return 0;
  },
};

const revoke: CliCommand = {
  words: 'revoke',
  positionals: ['ALIAS'],
  summary: 'Shut an approved board out',
  help: `
Nothing that the board sends is stored from now on. What it sent before stays. perch-server approve lets it in again.

Example:
  perch-server revoke greenhouse-1`,
  options: {},
  async run(input) {
    const result = await perform(input.place, 'revoke', { alias: input.positionals[0]! });
    if (input.json) return printJson(result);
    console.log(`${result.alias} is shut out.`);
    return 0;
  },
};

export const FLEET_COMMANDS: CliCommand[] = [enroll, devices, approve, revoke];
