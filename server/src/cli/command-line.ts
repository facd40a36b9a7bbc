import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { nearest } from './nearest.ts';
import { type Place, placeOf } from './place.ts';
import { UsageError } from './usage-error.ts';

export interface Option {
  type: 'string' | 'boolean';
  /** What stands for the value in help, such as DIR. */
  value?: string;
  help: string;
}

/** A command of the command line. `words` and positionals make its usage line: `[NAME]` may be left out, of `NAME...` there may be several. */
export interface CliCommand {
  words: string;
  positionals: string[];
  summary: string;
  /** What a newcomer should know, and at least one example. */
  help: string;
  options: Record<string, Option>;
  /** It is about this machine: a server elsewhere cannot do it. */
  here?: true;
  run(input: Input): Promise<number>;
}

export interface Input {
  positionals: string[];
  text(name: string): string | undefined;
  flag(name: string): boolean;
  dataDir: string;
  /** Where commands are done: this data folder, or the server that --server names. Throws UsageError. */
  place: Place;
  json: boolean;
  env: NodeJS.ProcessEnv;
}

export const DEFAULT_DATA = '.perch/server';

export const COMMON: Record<string, Option> = {
  data: {
    type: 'string',
    value: 'DIR',
    help: `the server's data folder (else PERCH_DATA, else ${DEFAULT_DATA})`,
  },
  server: {
    type: 'string',
    value: 'URL',
    help: 'a server elsewhere, such as https://perch.example.org (else PERCH_SERVER)',
  },
  'token-file': {
    type: 'string',
    value: 'FILE',
    help: 'file with a token for it, of perch-server token add (else PERCH_TOKEN)',
  },
  json: { type: 'boolean', help: 'print JSON' },
  help: { type: 'boolean', help: 'show this help' },
};

/** A command's own options and the common ones. */
export const optionsOf = (command: CliCommand): Record<string, Option> => ({
  ...command.options,
  ...commonOf(command),
});

/** Commands that are about this machine take no --server. */
function commonOf({ here }: CliCommand): Record<string, Option> {
  if (!here) return COMMON;
  const { server: _, 'token-file': __, ...rest } = COMMON;
  return rest;
}

/** Reads the arguments after a command's words. Throws UsageError with what was meant. */
export function readArguments(command: CliCommand, args: string[], env: NodeJS.ProcessEnv): Input {
  const options = optionsOf(command);
  const { values, positionals } = parse(command, args, options);
  const help = values.help === true;
  if (!help) checkPositionals(command, positionals);
  return {
    positionals,
    text: (name) => values[name] as string | undefined,
    flag: (name) => values[name] === true,
    dataDir: resolve((values.data as string | undefined) ?? (env.PERCH_DATA || DEFAULT_DATA)),
    get place() {
      return placeOf({
        data: values.data as string | undefined,
        server: values.server as string | undefined,
        tokenFile: values['token-file'] as string | undefined,
        dataDir: this.dataDir,
        env,
      });
    },
    json: values.json === true,
    env,
  };
}

function parse(command: CliCommand, args: string[], options: Record<string, Option>) {
  const config = Object.fromEntries(Object.entries(options).map(([name, { type }]) => [name, { type }]));
  const given = parseArgs({ args, options: config, strict: false, allowPositionals: true, tokens: true });
  const seen = new Set<string>();
  for (const token of given.tokens) {
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) throw unknownOption(command, token.rawName, token.name, options);
    // A name that begins with "-" after a text option is more likely the next option than its value.
    if (option.type === 'string' && (token.value === undefined || /^-./.test(token.value)))
      throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${option.value}`);
    if (option.type === 'boolean' && token.value !== undefined)
      throw new UsageError(`${token.rawName} takes no value`);
    if (seen.has(token.name)) throw new UsageError(`${token.rawName} is given twice`);
    seen.add(token.name);
  }
  return given;
}

function unknownOption(
  command: CliCommand,
  raw: string,
  name: string,
  options: Record<string, Option>,
): UsageError {
  const meant = nearest(name, Object.keys(options));
  const hint = meant
    ? `did you mean --${meant}?`
    : `its options: ${Object.keys(options)
        .map((each) => `--${each}`)
        .join(', ')}`;
  return new UsageError(`${command.words} has no option ${raw}; ${hint}`);
}

function checkPositionals(command: CliCommand, positionals: string[]): void {
  const wanted = command.positionals.filter((name) => !name.startsWith('['));
  const many = command.positionals.at(-1)?.includes('...') ?? false;
  const missing = wanted[positionals.length];
  if (missing !== undefined) throw new UsageError(`${command.words} needs ${missing}: ${usageLine(command)}`);
  const extra = positionals[command.positionals.length];
  if (extra !== undefined && !many)
    throw new UsageError(
      `${command.words} does not know what to do with ${JSON.stringify(extra)}: ${usageLine(command)}`,
    );
}

export const usageLine = (command: CliCommand): string =>
  ['perch-server', command.words, ...command.positionals, '[options]'].join(' ');

export function helpText(command: CliCommand): string {
  const options = Object.entries(optionsOf(command)).map(([name, option]): [string, string] => [
    `--${name}${option.value === undefined ? '' : ` ${option.value}`}`,
    option.help,
  ]);
  const width = Math.max(...options.map(([left]) => left.length));
  const lines = options.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
  return `${command.summary}.\n\nUsage: ${usageLine(command)}\n\n${command.help.trim()}\n\nOptions:\n${lines.join('\n')}\n`;
}
