import type { CliCommand, Input } from './command-line.ts';
import { perform } from './perform.ts';
import { printJson, say } from './print.ts';
import { CREATE_OPTIONS, createArgs } from './rollout-options.ts';
import { boardLine, countLine, PHASES, show } from './rollout-text.ts';
import { colour, printable, table, timeText } from './text.ts';
import { UsageError } from './usage-error.ts';

function idOf(input: Input): { id?: number } {
  const [text] = input.positionals;
  if (text === undefined) return {};
  const id = /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
  if (id < 1)
    throw new UsageError(`${JSON.stringify(text)} is not the number of a rollout; see rollout list`);
  return { id };
}

const create: CliCommand = {
  words: 'rollout create',
  positionals: ['VERSION'],
  summary: 'Bring a release to the boards in waves',
  help: `
The first wave is one board, or 1% of many. When 80% of a wave run the release and nothing goes wrong while it soaks, the
next one begins. When too many boards fail or fall silent the rollout pauses by itself; nobody else is told then.
VERSION is published for each platform of the boards before or after this; it begins when the last one is there. From the
first rollout on, what is published waits for a rollout of its own.

Examples:
  perch-server rollout create 0.3.0
  perch-server rollout create 0.3.0 --groups lab --waves 100 --soak 1h
  perch-server rollout create 0.3.0 --window 22:00-04:00 --days mon-fri --time-zone Europe/Berlin`,
  options: CREATE_OPTIONS,
  async run(input) {
    const result = await perform(input.place, 'rolloutCreate', createArgs(input));
    if (input.json) return printJson(result);
    show(result.rollout, Date.now());
    if (result.replaced.length > 0) say(`It took the place of rollout ${result.replaced.join(', ')}.`);
    say(`Watch it: perch-server rollout status ${result.rollout.id}`);
    return 0;
  },
};

const status: CliCommand = {
  words: 'rollout status',
  positionals: ['[ID]'],
  summary: 'Show how far a rollout is, and which boards are in trouble',
  help: `
Without ID the newest one. In the bar "#" is a board that has the release, "+" one on the way, "!" one that failed or fell
silent, and "." one that is to come. --board says what is meant for one board, and what it waits for.

Examples:
  perch-server rollout status
  perch-server rollout status --board greenhouse-1`,
  options: { board: { type: 'string', value: 'ALIAS', help: 'only what is meant for this board' } },
  async run(input) {
    const board = input.text('board');
    const result = await perform(input.place, 'rolloutStatus', {
      ...idOf(input),
      ...(board === undefined ? {} : { board }),
    });
    if (input.json) return printJson(result);
    if (result.board) console.log(boardLine(result.board));
    else if (result.rollout) show(result.rollout, Date.now());
    else say('There is no rollout. What is published goes to all boards of its platform at once.');
    return 0;
  },
};

const list: CliCommand = {
  words: 'rollout list',
  positionals: [],
  summary: 'List the rollouts and the pins',
  help: `
The newest first. A board follows the newest rollout that has reached it.

Example:
  perch-server rollout list`,
  options: {},
  async run(input) {
    const result = await perform(input.place, 'rolloutList', {});
    if (input.json) return printJson(result);
    if (result.rollouts.length + result.pins.length === 0)
      say('There is no rollout. What is published goes to all boards of its platform at once.');
    const rows = result.rollouts.map((rollout) => [
      String(rollout.id),
      rollout.spec.version,
      colour(PHASES[rollout.state.phase], printable(rollout.text)),
      countLine(rollout),
      (rollout.spec.groups ?? []).join(' '),
      timeText(rollout.created),
    ]);
    if (rows.length > 0) console.log(table(['ID', 'VERSION', 'STATE', 'BOARDS', 'GROUPS', 'CREATED'], rows));
    const pins = result.pins.map(({ kind, name, version }) => [kind, printable(name), version]);
    if (pins.length > 0) console.log(table(['PIN', 'NAME', 'VERSION'], pins));
    return 0;
  },
};

const changing = (
  words: 'pause' | 'resume' | 'abort',
  summary: string,
  help: string,
  options: CliCommand['options'] = {},
): CliCommand => ({
  words: `rollout ${words}`,
  positionals: ['[ID]'],
  summary,
  help: `\n${help}\n\nExample:\n  perch-server rollout ${words} 3`,
  options,
  async run(input) {
    const args = idOf(input);
    const result = await (words === 'pause'
      ? perform(input.place, 'rolloutPause', args)
      : words === 'resume'
        ? perform(input.place, 'rolloutResume', args)
        : perform(input.place, 'rolloutAbort', { ...args, ...(input.flag('back') ? { back: true } : {}) }));
    if (input.json) return printJson(result);
    show(result.rollout, Date.now());
    return 0;
  },
});

const pause = changing(
  'pause',
  'Stop a rollout for now',
  `Boards that have begun may go on; nobody else is told of the release. ID can be left out when only one runs.`,
);

const resume = changing(
  'resume',
  'Let a paused rollout go on',
  `Its wave goes on. Boards that failed or fell silent until now are not counted against it again.`,
);

const abort = changing(
  'abort',
  'End a rollout',
  `Boards that have the release stay on it, and nobody else gets it. With --back those that got it by this rollout go back to
what they ran before, at once and outside of any window, where the release of then has the signed permission:
perch-server release publish --may-replace.`,
  { back: { type: 'boolean', help: 'let boards go back to the release before' } },
);

function pinned(input: Input, words: string): { kind: 'board' | 'group'; name: string } {
  const [board, group] = [input.text('board'), input.text('group')];
  if ((board === undefined) === (group === undefined))
    throw new UsageError(`${words} needs --board ALIAS or --group NAME`);
  return board === undefined ? { kind: 'group', name: group! } : { kind: 'board', name: board };
}

const PINNED = {
  board: { type: 'string', value: 'ALIAS', help: 'this board' },
  group: { type: 'string', value: 'NAME', help: 'the boards of this group' },
} as const;

const pin: CliCommand = {
  words: 'rollout pin',
  positionals: ['VERSION'],
  summary: 'Hold a board or a group at a version, whatever the rollouts say',
  help: `
It goes there at once, and back to an older version where that has the signed permission. A pin of the board goes before
one of its groups; of these the newest counts.

Example:
  perch-server rollout pin 0.2.0 --board greenhouse-1`,
  options: PINNED,
  async run(input) {
    const [version] = input.positionals as [string];
    const result = await perform(input.place, 'pinSet', { version, ...pinned(input, 'rollout pin') });
    if (input.json) return printJson(result);
    console.log(`The ${result.kind} ${result.name} is pinned to ${result.version}.`);
    return 0;
  },
};

const unpin: CliCommand = {
  words: 'rollout unpin',
  positionals: [],
  summary: 'Let a board or a group follow the rollouts again',
  help: `
Example:
  perch-server rollout unpin --board greenhouse-1`,
  options: PINNED,
  async run(input) {
    const result = await perform(input.place, 'pinRemove', pinned(input, 'rollout unpin'));
    if (input.json) return printJson(result);
    console.log(`The ${result.kind} ${result.name} follows the rollouts again.`);
    return 0;
  },
};

const group: CliCommand = {
  words: 'group set',
  positionals: ['ALIAS', '[GROUP...]'],
  summary: 'Say which groups a board is in',
  help: `
These and no others; without GROUP it is in none. A name is 1 to 32 of a-z 0-9 . _ - and begins with a letter or digit.
perch-server devices shows them.

Examples:
  perch-server group set greenhouse-1 lab south
  perch-server group set greenhouse-1`,
  options: {},
  async run(input) {
    const [alias, ...groups] = input.positionals as [string, ...string[]];
    const result = await perform(input.place, 'groupSet', { alias, groups });
    if (input.json) return printJson(result);
    console.log(
      result.groups.length === 0
        ? `${result.alias} is in no group.`
        : `${result.alias} is in ${result.groups.join(', ')}.`,
    );
    return 0;
  },
};

export const ROLLOUT_COMMANDS: CliCommand[] = [create, status, list, pause, resume, abort, pin, unpin, group];
