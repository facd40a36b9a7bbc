import { INTEGRATIONS } from '../integrations/settings.ts';
import type { CliCommand, Input } from './command-line.ts';
import { perform } from './perform.ts';
import { printJson, say } from './print.ts';
import { printable, table, timeText } from './text.ts';
import { UsageError } from './usage-error.ts';
import { readInput, spanOption } from './values.ts';

const DAY = 86_400_000;

function tellRetention(input: Input, result: { rawDays: number; hourDays: number }): number {
  if (input.json) return printJson(result);
  console.log(
    `Records are kept for ${result.rawDays} days, their hourly numbers for ${result.hourDays} days.`,
  );
  return 0;
}

const retention: CliCommand = {
  words: 'retention show',
  positionals: [],
  summary: 'Show how long records are kept',
  help: '\nExample:\n  perch-server retention show',
  options: {},
  run: async (input) => tellRetention(input, await perform(input.place, 'retentionGet', {})),
};

function daysOption(input: Input, name: string): number | undefined {
  const span = spanOption(name, input.text(name));
  if (span === undefined) return undefined;
  if (span < DAY || span % DAY !== 0)
    throw new UsageError(`--${name} ${input.text(name)}: write days, such as 90d`);
  return span / DAY;
}

const retentionSet: CliCommand = {
  words: 'retention set',
  positionals: [],
  summary: 'Say how long records are kept',
  help: `
Records older than --raw go, once their hourly numbers (count, mean, min, max, last) are made; those go after --hours. It is done little by
little, and what is gone is gone.

Example:
  perch-server retention set --raw 365d --hours 3650d`,
  options: {
    raw: { type: 'string', value: 'TIME', help: 'for records, in days (as it is)' },
    hours: { type: 'string', value: 'TIME', help: 'for their hourly numbers, in days (as it is)' },
  },
  async run(input) {
    const [raw, hours] = [daysOption(input, 'raw'), daysOption(input, 'hours')];
    if (raw === undefined && hours === undefined) throw new UsageError('give --raw, --hours or both');
    const before = await perform(input.place, 'retentionGet', {});
    const { rawDays, hourDays } = await perform(input.place, 'retentionSet', {
      rawDays: raw ?? before.rawDays,
      hourDays: hours ?? before.hourDays,
    });
    return tellRetention(input, { rawDays, hourDays });
  },
};

const integrationList: CliCommand = {
  words: 'integration list',
  positionals: [],
  summary: 'Show how values go to other programs',
  help: '\nExample:\n  perch-server integration list',
  options: {},
  async run(input) {
    const result = await perform(input.place, 'integrationList', {});
    if (input.json) return printJson(result);
    const rows = result.integrations.map(({ name, setting: { on, ...rest } }) => [
      name,
      on ? 'on' : 'off',
      printable(
        Object.entries(rest)
          .map(([key, value]) => `${key}=${key === 'ca' ? 'set' : String(value)}`)
          .join(' '),
      ),
    ]);
    console.log(table(['NAME', '', 'SETTING'], rows));
    return 0;
  },
};

/** Longest setting in bytes: it may carry a certificate. */
const SETTING_LIMIT = 128 * 1024;

const integrationSet: CliCommand = {
  words: 'integration set',
  positionals: ['NAME', 'FILE'],
  summary: 'Switch on or off how values go to another program',
  help: `
NAME is ${INTEGRATIONS.join(', ')}. FILE holds its setting as JSON; "-" reads it from standard input. A
running server acts on it at once. Passwords and tokens are kept, and never shown again; one that is left out stays as long
as the address does. What can be set: firmware-notes/integrations.md

Examples:
  perch-server integration set homeassistant homeassistant.json
  echo '{"on": true}' | perch-server integration set prometheus -`,
  options: {},
  async run(input) {
    const [text, file] = input.positionals as [string, string];
    const name = INTEGRATIONS.find((each) => each === text);
    if (name === undefined)
      throw new UsageError(`${JSON.stringify(text)} is no integration: there are ${INTEGRATIONS.join(', ')}`);
    let setting: unknown;
    try {
      setting = JSON.parse(readInput(file, SETTING_LIMIT));
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new UsageError(`${file} is no JSON: ${(error as Error).message}`);
    }
    if (typeof setting !== 'object' || setting === null || Array.isArray(setting))
      throw new UsageError(`${file}: a setting is an object, such as {"on": true}`);
    const result = await perform(input.place, 'integrationSet', {
      name,
      setting: setting as Record<string, unknown>,
    });
    if (input.json) return printJson(result);
    console.log(`${name} is ${result.setting.on ? 'on' : 'off'}.`);
    return 0;
  },
};

const webhookAdd: CliCommand = {
  words: 'webhook add',
  positionals: ['NAME', 'URL'],
  summary: 'Have another program told what happens',
  help: `
Each message is a POST of JSON, signed as Standard Webhooks has it; what is not taken is sent again for about a day. The secret is
shown once.

Examples:
  perch-server webhook add ops https://hooks.example.org/perch --kinds alert
  perch-server webhook add audit https://hooks.example.org/perch`,
  options: {
    kinds: {
      type: 'string',
      value: 'LIST',
      help: 'kinds of events with commas between, what they begin with (device), or alert (all)',
    },
  },
  async run(input) {
    const [name, url] = input.positionals as [string, string];
    const kinds = (input.text('kinds') ?? '*').split(',').filter(Boolean);
    const result = await perform(input.place, 'webhookAdd', { name, url, kinds });
    if (input.json) return printJson(result);
    say(`The webhook ${name} (${result.id}). Its secret, which is not shown again:`);
    console.log(result.secret);
    return 0;
  },
};

const webhookList: CliCommand = {
  words: 'webhook list',
  positionals: [],
  summary: 'List the programs that are told what happens',
  help: '\nExample:\n  perch-server webhook list',
  options: {},
  async run(input) {
    const result = await perform(input.place, 'webhookList', {});
    if (input.json) return printJson(result);
    const rows = result.webhooks.map(({ id, name, url, kinds, enabled, waiting }) => [
      ...[id, printable(name), enabled ? 'on' : 'off', printable(kinds.join(','))],
      ...[String(waiting), printable(url)],
    ]);
    if (rows.length === 0) say('There are none. perch-server help webhook add');
    else console.log(table(['ID', 'NAME', '', 'KINDS', 'WAITING', 'URL'], rows));
    return 0;
  },
};

const webhookRemove: CliCommand = {
  words: 'webhook remove',
  positionals: ['ID'],
  summary: 'Tell a program no more',
  help: '\nWhat waits for it is gone.\n\nExample:\n  perch-server webhook remove 0123456789ab',
  options: {},
  async run(input) {
    const result = await perform(input.place, 'webhookRemove', { id: input.positionals[0]! });
    if (input.json) return printJson(result);
    console.log(`The webhook ${printable(result.name)} is removed.`);
    return 0;
  },
};

const webhookTest: CliCommand = {
  words: 'webhook test',
  positionals: ['ID'],
  summary: 'Send a program a message that tells of nothing',
  help: '\nWhat came of it: perch-server webhook deliveries ID\n\nExample:\n  perch-server webhook test 0123456789ab',
  options: {},
  async run(input) {
    const result = await perform(input.place, 'webhookTest', { id: input.positionals[0]! });
    if (input.json) return printJson(result);
    console.log(`The message ${result.message} is on its way to ${printable(result.name)}.`);
    return 0;
  },
};

const webhookDeliveries: CliCommand = {
  words: 'webhook deliveries',
  positionals: ['ID'],
  summary: 'Show what was sent to a program, and what came of it',
  help: '\nThe latest at the bottom.\n\nExample:\n  perch-server webhook deliveries 0123456789ab',
  options: {},
  async run(input) {
    const result = await perform(input.place, 'webhookDeliveries', { id: input.positionals[0]! });
    if (input.json) return printJson(result);
    const rows = result.deliveries
      .reverse()
      .map(({ created, kind, state, attempts, status, error }) => [
        ...[timeText(created), printable(kind), state, String(attempts)],
        ...[status === undefined ? '' : String(status), printable(error ?? '')],
      ]);
    if (rows.length === 0) say('Nothing was sent yet.');
    else console.log(table(['TIME', 'KIND', 'STATE', 'TRIES', 'STATUS', 'WHY'], rows));
    return 0;
  },
};

export const SETTINGS_COMMANDS: CliCommand[] = [
  ...[retention, retentionSet, integrationList, integrationSet],
  ...[webhookAdd, webhookList, webhookRemove, webhookTest, webhookDeliveries],
];
