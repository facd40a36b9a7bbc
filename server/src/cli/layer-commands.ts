import { CONFIG_LIMIT } from '@perch/broker-bridge/config/limits.ts';
import type { JsonChange } from '../layers/json-diff.ts';
import type { LayerKey } from '../store/layer-contract.ts';
import type { CliCommand, Input } from './command-line.ts';
import { perform } from './perform.ts';
import { printJson, say } from './print.ts';
import { colour, printable, table, timeText } from './text.ts';
import { UsageError } from './usage-error.ts';
import { countOption, readInput } from './values.ts';

const WHICH = `LAYER is fleet, group:NAME or board:ALIAS. A board's config is the default with the fleet's layer over it, those of its
groups in the order of their names, and its own: each is merged over what is before it (RFC 7396), where null takes a member
away and a list is taken whole.`;

/** @throws UsageError */
export function layerKey(text: string): LayerKey {
  if (text === 'fleet') return { kind: 'fleet', name: '' };
  const [, kind, name] = /^(group|board):(.+)$/.exec(text) ?? [];
  if (kind === undefined || name === undefined)
    throw new UsageError(`${JSON.stringify(text)} is no layer: write fleet, group:NAME or board:ALIAS`);
  return { kind: kind as LayerKey['kind'], name };
}

const keyOf = (input: Input): LayerKey => layerKey(input.positionals[0]!);
const shown = (value: unknown): string => printable(JSON.stringify(value));

/** A difference as lines with - and +. */
export function changeLines(changes: readonly JsonChange[]): string[] {
  return changes.flatMap(({ path, before, after }) => [
    `  ${printable(path === '' ? '(all)' : path)}`,
    ...(before === undefined ? [] : [colour('red', `  - ${shown(before)}`)]),
    ...(after === undefined ? [] : [colour('green', `  + ${shown(after)}`)]),
  ]);
}

const list: CliCommand = {
  words: 'layer list',
  positionals: [],
  summary: 'List the layers that configs are made of',
  help: `\nExample:\n  perch-server layer list`,
  options: {},
  async run(input) {
    const result = await perform(input.place, 'layerList', {});
    if (input.json) return printJson(result);
    const rows = result.layers.map(({ kind, name, version, created, actor }) => [
      kind === 'fleet' ? 'fleet' : `${kind}:${printable(name)}`,
      String(version),
      timeText(created),
      printable(actor),
    ]);
    if (rows.length === 0)
      say('There are none: every board has the default config. perch-server help layer set');
    else console.log(table(['LAYER', 'VERSION', 'SINCE', 'BY'], rows));
    return 0;
  },
};

const get: CliCommand = {
  words: 'layer get',
  positionals: ['LAYER'],
  summary: 'Print a layer of config',
  help: `\n${WHICH}\n\nExample:\n  perch-server layer get group:roof > roof.json`,
  options: { version: { type: 'string', value: 'N', help: 'an earlier version (the newest)' } },
  async run(input) {
    const version = countOption('version', input.text('version'), 999_999_999);
    const layer = await perform(input.place, 'layerGet', {
      ...keyOf(input),
      ...(version === undefined ? {} : { version }),
    });
    if (input.json) return printJson(layer);
    if (layer.text === null) say(`There is no such layer${layer.version > 0 ? ' any more' : ''}.`);
    else process.stdout.write(layer.text.endsWith('\n') ? layer.text : `${layer.text}\n`);
    return 0;
  },
};

const set: CliCommand = {
  words: 'layer set',
  positionals: ['LAYER', 'FILE'],
  summary: 'Check a layer of config and make it the newest',
  help: `
${WHICH}
FILE holds JSON; "-" reads it from standard input. Nothing is stored unless the config of every board stays valid. With --check
it is only shown what would change.

Examples:
  perch-server layer set fleet fleet.json
  echo '{"period": "30s"}' | perch-server layer set group:roof - --check`,
  options: {
    check: { type: 'boolean', help: 'show what would change, and store nothing' },
    note: { type: 'string', value: 'TEXT', help: 'why, for the history' },
  },
  async run(input) {
    const text = readInput(input.positionals[1]!, 4 * CONFIG_LIMIT);
    if (input.flag('check')) return check(input, text);
    const note = input.text('note');
    const result = await perform(input.place, 'layerSet', {
      ...keyOf(input),
      text,
      ...(note === undefined ? {} : { note }),
    });
    return tell(input, result);
  },
};

type Done = { kind: string; name: string; version: number; boards: number; changed: string[]; same: boolean };

function tell(input: Input, result: Done): number {
  if (input.json) return printJson(result);
  const { version, boards, changed, same } = result;
  if (same) console.log(`Version ${version} has this very text already.`);
  else console.log(`Version ${version}, for ${boards} boards; ${changed.length} get another config.`);
  return 0;
}

async function check(input: Input, text: string): Promise<number> {
  const result = await perform(input.place, 'layerCheck', { ...keyOf(input), text });
  if (input.json) {
    printJson(result);
    return result.ok ? 0 : 1;
  }
  for (const fault of result.faults) {
    const alias = 'alias' in fault && fault.alias ? `${fault.alias}: ` : '';
    say(`${alias}${fault.pointer === '' ? '(config)' : fault.pointer}: ${fault.message} (${fault.hint})`);
  }
  if (!result.ok) return 1;
  console.log(`For ${result.boards} boards; ${result.changed} would get another config.`);
  for (const { alias, changes } of result.changes)
    console.log([colour('bold', printable(alias)), ...changeLines(changes)].join('\n'));
  if (result.changed > result.changes.length) say(`and ${result.changed - result.changes.length} more`);
  return 0;
}

const remove: CliCommand = {
  words: 'layer remove',
  positionals: ['LAYER'],
  summary: 'Take a layer of config away',
  help: `\n${WHICH}\n\nExample:\n  perch-server layer remove group:roof`,
  options: {},
  run: async (input) => tell(input, await perform(input.place, 'layerRemove', keyOf(input))),
};

const rollback: CliCommand = {
  words: 'layer rollback',
  positionals: ['LAYER'],
  summary: 'Make an earlier version of a layer the newest',
  help: `\n${WHICH}\n\nExample:\n  perch-server layer rollback fleet --version 3`,
  options: { version: { type: 'string', value: 'N', help: 'the version, as layer history shows it' } },
  async run(input) {
    const version = countOption('version', input.text('version'), 999_999_999);
    if (version === undefined) throw new UsageError('layer rollback needs --version N; see layer history');
    return tell(input, await perform(input.place, 'layerRollback', { ...keyOf(input), version }));
  },
};

const history: CliCommand = {
  words: 'layer history',
  positionals: ['LAYER'],
  summary: 'Show the versions of a layer, and who made them',
  help: `\n${WHICH}\n\nExample:\n  perch-server layer history board:greenhouse-1`,
  options: {},
  async run(input) {
    const result = await perform(input.place, 'layerHistory', keyOf(input));
    if (input.json) return printJson(result);
    const rows = result.versions.map(({ version, created, actor, removed, bytes, note }) => [
      String(version),
      timeText(created),
      printable(actor),
      removed ? 'taken away' : `${bytes} bytes`,
      printable(note ?? ''),
    ]);
    if (rows.length === 0) say('There never was such a layer.');
    else console.log(table(['VERSION', 'SINCE', 'BY', 'WHAT', 'NOTE'], rows));
    return 0;
  },
};

const diff: CliCommand = {
  words: 'layer diff',
  positionals: ['LAYER', 'FROM', 'TO'],
  summary: 'Show what is different between two versions of a layer',
  help: `\n${WHICH}\nFROM and TO are versions; 0 is before there was one.\n\nExample:\n  perch-server layer diff fleet 3 4`,
  options: {},
  async run(input) {
    const [from, to] = input.positionals.slice(1).map((text) => {
      if (!/^[0-9]{1,9}$/.test(text)) throw new UsageError(`${JSON.stringify(text)} is no version`);
      return Number(text);
    }) as [number, number];
    const result = await perform(input.place, 'layerDiff', { ...keyOf(input), from, to });
    if (input.json) return printJson(result);
    if (result.changes.length === 0) say('They are the same.');
    else console.log(changeLines(result.changes).join('\n'));
    return 0;
  },
};

export const LAYER_COMMANDS: CliCommand[] = [list, get, set, remove, rollback, history, diff];
