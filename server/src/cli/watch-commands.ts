import { conditionText, scopeText } from '../alerts/words.ts';
import { ALERTS_PAGE, type RuleCondition, type RuleScope, SEVERITIES } from '../store/alert-contract.ts';
import { EVENTS_PAGE } from '../store/event-contract.ts';
import type { CliCommand, Input } from './command-line.ts';
import { perform } from './perform.ts';
import { printJson, say } from './print.ts';
import { colour, printable, table, timeText } from './text.ts';
import { UsageError } from './usage-error.ts';
import { countOption, spanOption, timeOption } from './values.ts';

const EVENTS_SHOWN = 50;

const events: CliCommand = {
  words: 'events',
  positionals: ['[ALIAS]'],
  summary: 'Show who did what, and what boards did',
  help: `
The latest at the bottom. BY is local:USER on the server's machine, token:NAME, session:NAME of the page, board:ALIAS or server.

Examples:
  perch-server events greenhouse-1 --since 7d
  perch-server events --kind rollout`,
  options: {
    kind: { type: 'string', value: 'KIND', help: 'such as device.approved, or what it begins with: device' },
    since: { type: 'string', value: 'TIME', help: 'how long ago (1h, 7d) or a date (2026-01-31T10:00:00Z)' },
    limit: { type: 'string', value: 'N', help: `how many at most, 1 to ${EVENTS_PAGE} (${EVENTS_SHOWN})` },
  },
  async run(input) {
    const [alias] = input.positionals;
    const kind = input.text('kind');
    const since = timeOption('since', input.text('since'), Date.now());
    const result = await perform(input.place, 'events', {
      limit: countOption('limit', input.text('limit'), EVENTS_PAGE) ?? EVENTS_SHOWN,
      ...(alias === undefined ? {} : { alias }),
      ...(kind === undefined ? {} : { kind }),
      ...(since === undefined ? {} : { since }),
    });
    if (input.json) return printJson(result);
    const rows = result.events
      .reverse()
      .map((event) => [
        timeText(event.at),
        printable(event.actor),
        printable(event.alias ?? ''),
        printable(event.text),
      ]);
    if (rows.length === 0) say('There are none in that time.');
    else console.log(table(['TIME', 'BY', 'BOARD', 'WHAT'], rows));
    return 0;
  },
};

const STATE_COLOURS = { firing: 'red', acknowledged: 'yellow', resolved: 'gray' } as const;

const alertList: CliCommand = {
  words: 'alert list',
  positionals: ['[ALIAS]'],
  summary: 'List alerts',
  help: `
Those that are not over; with --all the others too. The latest at the bottom.

Example:
  perch-server alert list`,
  options: {
    all: { type: 'boolean', help: 'also those that are over' },
    limit: { type: 'string', value: 'N', help: `how many at most, 1 to ${ALERTS_PAGE} (${ALERTS_PAGE})` },
  },
  async run(input) {
    const [alias] = input.positionals;
    const result = await perform(input.place, 'alertList', {
      limit: countOption('limit', input.text('limit'), ALERTS_PAGE) ?? ALERTS_PAGE,
      ...(input.flag('all') ? {} : { state: 'open' }),
      ...(alias === undefined ? {} : { alias }),
    });
    if (input.json) return printJson(result);
    const rows = result.alerts
      .reverse()
      .map(({ id, since, ended, severity, state, alias: board, text, acknowledgedBy }) => [
        String(id),
        timeText(since),
        ended === undefined ? '' : timeText(ended),
        severity,
        colour(STATE_COLOURS[state], state),
        printable(board),
        printable(text),
        printable(acknowledgedBy ?? ''),
      ]);
    if (rows.length === 0) say(input.flag('all') ? 'There were none.' : 'All is well: no alert is open.');
    else
      console.log(table(['ID', 'SINCE', 'ENDED', 'SEVERITY', 'STATE', 'BOARD', 'WHAT', 'SEEN TO BY'], rows));
    return 0;
  },
};

const alertAck: CliCommand = {
  words: 'alert ack',
  positionals: ['ID'],
  summary: 'Say that you see to an alert',
  help: `\nExample:\n  perch-server alert ack 17 --note "the heater is being mended"`,
  options: { note: { type: 'string', value: 'TEXT', help: 'what is done about it' } },
  async run(input) {
    const note = input.text('note');
    const id = countOption('ID', input.positionals[0], 2 ** 31 - 1);
    const result = await perform(input.place, 'alertAcknowledge', {
      id: id!,
      ...(note === undefined ? {} : { note }),
    });
    if (input.json) return printJson(result);
    console.log(`Alert ${result.alert.id} of ${result.alert.alias} is being seen to.`);
    return 0;
  },
};

const ruleList: CliCommand = {
  words: 'alert rules',
  positionals: [],
  summary: 'List the rules by which alerts begin',
  help: `\nExample:\n  perch-server alert rules`,
  options: {},
  async run(input) {
    const result = await perform(input.place, 'alertRuleList', {});
    if (input.json) return printJson(result);
    const rows = result.rules.map(({ id, name, scope, when, severity, enabled }) => [
      id,
      printable(name),
      printable(scopeText(scope)),
      printable(conditionText(when)),
      severity,
      enabled ? '' : 'off',
    ]);
    if (rows.length === 0) say('There are none. perch-server help alert rule-add');
    else console.log(table(['ID', 'NAME', 'FOR', 'WHEN', 'SEVERITY', ''], rows));
    return 0;
  },
};

function numberOption(input: Input, name: string): number | undefined {
  const text = input.text(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new UsageError(`--${name} ${text}: write a number`);
  return value;
}

/** @throws UsageError when one of these is given, as it would be without effect */
function refuse(input: Input, names: readonly string[], why: string): void {
  const given = names.find((name) => input.text(name) !== undefined);
  if (given !== undefined) throw new UsageError(`--${given} ${why}`);
}

function conditionOf(input: Input): RuleCondition {
  const silence = spanOption('silence', input.text('silence'));
  const item = input.text('item');
  if (silence !== undefined) {
    if (item !== undefined) throw new UsageError('--silence is about a board, not about an item of it');
    refuse(input, ['above', 'below', 'hysteresis', 'for', 'rate', 'per'], 'does not go with --silence');
    return { silence };
  }
  if (item === undefined) throw new UsageError('say what is looked at: --item ITEM, or --silence TIME');
  const [above, below, rate] = ['above', 'below', 'rate'].map((name) => numberOption(input, name));
  if ([above, below, rate].filter((each) => each !== undefined).length !== 1)
    throw new UsageError('give one of --above, --below and --rate');
  const hysteresis = numberOption(input, 'hysteresis');
  const slack = hysteresis === undefined ? {} : { hysteresis };
  const per = spanOption('per', input.text('per'));
  const wait = spanOption('for', input.text('for'));
  if (rate !== undefined) {
    if (per === undefined) throw new UsageError('--rate needs --per TIME: so much change within that time');
    refuse(input, ['for'], 'does not go with --rate');
    return { item, rate, per, ...slack };
  }
  refuse(input, ['per'], 'goes with --rate');
  const rest = { ...slack, ...(wait === undefined ? {} : { for: wait }) };
  return above === undefined ? { item, below: below!, ...rest } : { item, above, ...rest };
}

function scopeOf(input: Input): RuleScope {
  const [group, board] = [input.text('group'), input.text('board')];
  if (group !== undefined && board !== undefined) throw new UsageError('give --group or --board, not both');
  return group !== undefined ? { group } : board !== undefined ? { board } : { fleet: true };
}

const ruleAdd: CliCommand = {
  words: 'alert rule-add',
  positionals: ['NAME'],
  summary: 'Add a rule by which alerts begin',
  help: `
It holds for every board, unless --group or --board says otherwise.

Examples:
  perch-server alert rule-add frost --item air.t --below 2 --hysteresis 1 --for 5m --severity critical
  perch-server alert rule-add leak --item tank.level --rate 10 --per 1h --group roof
  perch-server alert rule-add silent --silence 15m`,
  options: {
    item: { type: 'string', value: 'ITEM', help: 'such as air.t, as perch-server records shows it' },
    above: { type: 'string', value: 'N', help: 'fires over this' },
    below: { type: 'string', value: 'N', help: 'fires under this' },
    hysteresis: { type: 'string', value: 'N', help: 'ends only when the value is back by so much (0)' },
    for: { type: 'string', value: 'TIME', help: 'fires only after so long without a break (at once)' },
    rate: { type: 'string', value: 'N', help: 'fires when it changes by more than this within --per' },
    per: { type: 'string', value: 'TIME', help: 'the time for --rate' },
    silence: { type: 'string', value: 'TIME', help: 'fires when a board was not heard for so long' },
    group: { type: 'string', value: 'NAME', help: 'for the boards of this group' },
    board: { type: 'string', value: 'ALIAS', help: 'for this board' },
    severity: { type: 'string', value: 'WORD', help: `${SEVERITIES.join(', ')} (warning)` },
  },
  async run(input) {
    const severity = SEVERITIES.find((each) => each === (input.text('severity') ?? 'warning'));
    if (severity === undefined)
      throw new UsageError(`--severity ${input.text('severity')}: there are ${SEVERITIES.join(', ')}`);
    const result = await perform(input.place, 'alertRuleAdd', {
      ...{ name: input.positionals[0]!, severity },
      scope: scopeOf(input) as never,
      when: conditionOf(input),
    });
    if (input.json) return printJson(result);
    const { id, when, scope } = result.rule;
    console.log(`Rule ${id}: ${conditionText(when)}, for ${scopeText(scope)}.`);
    return 0;
  },
};

const ruleRemove: CliCommand = {
  words: 'alert rule-remove',
  positionals: ['ID'],
  summary: 'Remove a rule; its open alerts end',
  help: `\nExample:\n  perch-server alert rule-remove 0123456789ab`,
  options: {},
  async run(input) {
    const result = await perform(input.place, 'alertRuleRemove', { id: input.positionals[0]! });
    if (input.json) return printJson(result);
    console.log(`The rule ${printable(result.rule.name)} is removed.`);
    return 0;
  },
};

export const WATCH_COMMANDS: CliCommand[] = [events, alertList, alertAck, ruleList, ruleAdd, ruleRemove];
