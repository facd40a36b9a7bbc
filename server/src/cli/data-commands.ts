import { CONFIG_LIMIT } from '@perch/broker-bridge/config/limits.ts';
import { GAPS_PAGE, type Gap, RECORDS_PAGE } from '../store/contract.ts';
import { GAP_WORDS } from '../words.ts';
import type { CliCommand } from './command-line.ts';
import { perform } from './perform.ts';
import { printJson, say } from './print.ts';
import { printable, recordTime, spanText, table, timeText, valuesText } from './text.ts';
import { countOption, readInput, timeOption } from './values.ts';

const configGet: CliCommand = {
  words: 'config get',
  positionals: ['ALIAS'],
  summary: "Print a board's config",
  help: `
Prints the text as it was written, so that it can be edited and set again.

Example:
  perch-server config get greenhouse-1 > greenhouse-1.json`,
  options: {
    version: { type: 'string', value: 'N', help: 'an earlier version (the newest)' },
  },
  async run(input) {
    const version = countOption('version', input.text('version'), 999_999_999);
    const config = await perform(input.place, 'configGet', {
      alias: input.positionals[0]!,
      ...(version === undefined ? {} : { version }),
    });
    if (input.json) return printJson(config);
    process.stdout.write(config.text.endsWith('\n') ? config.text : `${config.text}\n`);
    return 0;
  },
};

const configSet: CliCommand = {
  words: 'config set',
  positionals: ['ALIAS', 'FILE'],
  summary: "Check a config and make it a board's newest",
  help: `
FILE holds JSON; "-" reads it from standard input. A config with a fault is not stored: each fault is named with its
place. A board that is connected gets the config at once, any other at its next Hello.

Example:
  perch-server config set greenhouse-1 greenhouse-1.json`,
  options: {},
  async run(input) {
    const [alias, file] = input.positionals as [string, string];
    // Four times the limit still goes to the check, which says more about it than this reader can.
    const text = readInput(file, 4 * CONFIG_LIMIT);
    const result = await perform(input.place, 'configSet', { alias, text });
    if (input.json) return printJson(result);
    console.log(
      result.changed
        ? `${result.alias} has config ${result.version} now:`
        : `${result.alias} has this very text as config ${result.version} already:`,
    );
    const rows = result.items.map((item) => [printable(item.name), printable(item.unit ?? '')]);
    if (rows.length > 0) console.log(table(['ITEM', 'UNIT'], rows));
    else say('It names no items; what its sensors discover shows up in the records.');
    return 0;
  },
};

const RECORDS_SHOWN = 20;

const records: CliCommand = {
  words: 'records',
  positionals: ['ALIAS'],
  summary: 'Show what a board sent',
  help: `
The newest records, the latest at the bottom. Times are UTC and the end of the record's period; "~" marks a board whose
clock was not set. name=value is a value, name!reason one that could not be read. Records that are missing in that time
are counted below the others.

Examples:
  perch-server records greenhouse-1 --since 1h
  perch-server records greenhouse-1 --limit 1 --json`,
  options: {
    since: { type: 'string', value: 'TIME', help: 'how long ago (1h, 7d) or a date (2026-01-31T10:00:00Z)' },
    limit: { type: 'string', value: 'N', help: `how many at most, 1 to ${RECORDS_PAGE} (${RECORDS_SHOWN})` },
  },
  async run(input) {
    const since = timeOption('since', input.text('since'), Date.now());
    const limit = countOption('limit', input.text('limit'), RECORDS_PAGE) ?? RECORDS_SHOWN;
    const alias = input.positionals[0]!;
    const query = { alias, limit, ...(since === undefined ? {} : { since }) };
    const result = await perform(input.place, 'records', query);
    if (input.json) return printJson(result);
    if (result.records.length === 0) {
      say(
        `No records of ${printable(alias)}${since === undefined ? '' : ' in that time'}. The boards: perch-server devices`,
      );
      return 0;
    }
    const rows = result.records
      .reverse()
      .map((row) => [recordTime(row), spanText(row.per), String(row.configVersion), valuesText(row)]);
    console.log(table(['TIME', 'PER', 'CONFIG', 'VALUES'], rows));
    const window = { alias, since: since ?? result.records[0]!.timestamp };
    const missing = missingIn((await perform(input.place, 'gaps', window)).gaps);
    if (missing > 0) say(`Up to ${missing} more are missing in that time: perch-server gaps ${alias}`);
    return 0;
  },
};

const missingIn = (gaps: Gap[]): number => gaps.reduce((sum, gap) => sum + gap.missing, 0);

const gaps: CliCommand = {
  words: 'gaps',
  positionals: ['ALIAS'],
  summary: 'Show which records of a board are missing, and why',
  help: `
What the board told that it had to give up, the latest at the bottom: when those records were taken (UTC), how many of
them are missing at most, why, and their numbers in the stream of numbers that the board counts in.

Examples:
  perch-server gaps greenhouse-1
  perch-server gaps greenhouse-1 --since 7d --json`,
  options: {
    since: { type: 'string', value: 'TIME', help: 'how long ago (1h, 7d) or a date (2026-01-31T10:00:00Z)' },
    limit: { type: 'string', value: 'N', help: `how many at most, 1 to ${GAPS_PAGE} (${GAPS_PAGE})` },
  },
  async run(input) {
    const since = timeOption('since', input.text('since'), Date.now());
    const limit = countOption('limit', input.text('limit'), GAPS_PAGE);
    const alias = input.positionals[0]!;
    const result = await perform(input.place, 'gaps', {
      alias,
      ...(limit === undefined ? {} : { limit }),
      ...(since === undefined ? {} : { since }),
    });
    if (input.json) return printJson(result);
    const open = result.gaps.filter(({ missing }) => missing > 0).reverse();
    if (open.length === 0) {
      say(`No records of ${printable(alias)} are missing${since === undefined ? '' : ' in that time'}.`);
      return 0;
    }
    const rows = open.map((gap) => [
      timeText(gap.since),
      timeText(gap.until),
      String(gap.missing),
      GAP_WORDS[gap.why],
      gap.stream,
      gap.from === gap.to ? String(gap.from) : `${gap.from}-${gap.to}`,
    ]);
    console.log(table(['SINCE', 'UNTIL', 'MISSING', 'WHY', 'STREAM', 'NUMBERS'], rows));
    return 0;
  },
};

export const DATA_COMMANDS: CliCommand[] = [configGet, configSet, records, gaps];
