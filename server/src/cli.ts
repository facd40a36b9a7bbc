import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import packageJson from '../package.json' with { type: 'json' };
import { ACCESS_COMMANDS } from './cli/access-commands.ts';
import { type CliCommand, helpText, readArguments } from './cli/command-line.ts';
import { completionCommand } from './cli/completion.ts';
import { DATA_COMMANDS } from './cli/data-commands.ts';
import { FLEET_COMMANDS } from './cli/fleet-commands.ts';
import { KEYS_COMMANDS } from './cli/keys-commands.ts';
import { LAYER_COMMANDS } from './cli/layer-commands.ts';
import { nearest } from './cli/nearest.ts';
import { printJson, say } from './cli/print.ts';
import { RELEASE_COMMANDS } from './cli/release-commands.ts';
import { ROLLOUT_COMMANDS } from './cli/rollout-commands.ts';
import { SERVE_COMMANDS } from './cli/serve-command.ts';
import { SETTINGS_COMMANDS } from './cli/settings-commands.ts';
import { UsageError } from './cli/usage-error.ts';
import { WATCH_COMMANDS } from './cli/watch-commands.ts';
import { CommandRefused } from './commands/refusal.ts';

const COMMANDS: CliCommand[] = [
  ...SERVE_COMMANDS,
  ...FLEET_COMMANDS,
  ...DATA_COMMANDS,
  ...RELEASE_COMMANDS,
  ...ROLLOUT_COMMANDS,
  ...LAYER_COMMANDS,
  ...WATCH_COMMANDS,
  ...ACCESS_COMMANDS,
  ...SETTINGS_COMMANDS,
  ...KEYS_COMMANDS,
  completionCommand(() => COMMANDS),
];

/** Exit codes of perch-server. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

function overview(): string {
  const width = Math.max(
    ...COMMANDS.map((command) => [command.words, ...command.positionals].join(' ').length),
  );
  const lines = COMMANDS.map(
    (command) => `  ${[command.words, ...command.positionals].join(' ').padEnd(width)}  ${command.summary}`,
  );
  return `perch-server ${packageJson.version}: the server that Perch agents report to.

Usage: perch-server COMMAND [options]

${lines.join('\n')}

To begin: perch-server serve, then in another terminal perch-server enroll ALIAS.
More on a command: perch-server help COMMAND. Exit codes: 0 done, 1 refused or failed, 2 not understood.
`;
}

/** The command that the first words name, and the arguments behind them. Throws UsageError. */
function find(args: string[]): { command: CliCommand; rest: string[] } {
  for (const count of [2, 1]) {
    const words = args.slice(0, count).join(' ');
    const command = COMMANDS.find((each) => each.words === words);
    if (command) return { command, rest: args.slice(count) };
  }
  const [first = '', second] = args;
  if (first.startsWith('-'))
    throw new UsageError(`${first} comes before the command; write perch-server COMMAND ${first}`);
  const group = COMMANDS.filter((each) => each.words.startsWith(`${first} `));
  if (group.length > 0 && (second === undefined || second.startsWith('-')))
    throw new UsageError(`${first} needs a second word: ${group.map((each) => each.words).join(' or ')}`);
  const names = COMMANDS.map((each) => each.words);
  const meant =
    (second === undefined
      ? undefined
      : nearest(
          `${first} ${second}`,
          names.filter((name) => name.includes(' ')),
        )) ?? nearest(first, names);
  const said = group.length > 0 ? `${first} ${second}` : first;
  throw new UsageError(
    `there is no command ${JSON.stringify(said)}; ${meant ? `did you mean ${meant}?` : 'see perch-server help'}`,
  );
}

function help(words: string[]): number {
  if (words.length === 0) process.stdout.write(overview());
  else process.stdout.write(helpText(find(words).command));
  return EXIT.ok;
}

async function run(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [first] = args;
  if (first === undefined) {
    process.stderr.write(overview());
    return EXIT.usage;
  }
  if (first === 'help') return help(args.slice(1).filter((word) => !word.startsWith('-')));
  if (first === '--help' || first === '-h') return help([]);
  if (first === '--version') {
    console.log(packageJson.version);
    return EXIT.ok;
  }
  const { command, rest } = find(args);
  const wantsHelp = rest.includes('--help') || rest.includes('-h');
  if (wantsHelp) return help([command.words.split(' ')].flat());
  return command.run(readArguments(command, rest, env));
}

/** Runs one command line and resolves with its exit code. Every failure is told once, in words for the person. */
export async function runCli(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  try {
    return await run(args, env);
  } catch (error) {
    if (error instanceof UsageError) {
      say(`perch-server: ${error.message}`);
      return EXIT.usage;
    }
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof PerchError ? error.code : undefined;
    const data = error instanceof CommandRefused ? error.data : {};
    const text = code === undefined ? message : message.replace(`${code}: `, '');
    if (args.includes('--json')) printJson({ error: { message: text, ...(code ? { code } : {}), ...data } });
    else if ('faults' in data) say(text);
    else say(`perch-server: ${text}`);
    return EXIT.failed;
  }
}
