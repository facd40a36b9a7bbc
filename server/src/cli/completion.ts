import { type CliCommand, optionsOf } from './command-line.ts';
import { UsageError } from './usage-error.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Options and positionals that are paths. */
const PATHS = new Set(['FILE', 'DIR', '[FILE...]', 'FILE...']);

const firstWords = (commands: readonly CliCommand[]): string[] => [
  ...new Set([...commands.map(({ words }) => words.split(' ')[0]!), 'help']),
];

const secondWords = (commands: readonly CliCommand[], first: string): string[] =>
  commands.flatMap(({ words }) => {
    const [one, two] = words.split(' ');
    return one === first && two !== undefined ? [two] : [];
  });

/** Bash, and zsh by its own imitation of bash's completion. */
function bash(commands: readonly CliCommand[]): string {
  const seconds = firstWords(commands)
    .map((first) => ({ first, words: secondWords(commands, first) }))
    .filter(({ words }) => words.length > 0)
    .map(({ first, words }) => `    '${first}') words='${words.join(' ')}' ;;`);
  const options = commands.map((command) => {
    const names = Object.keys(optionsOf(command)).map((name) => `--${name}`);
    return `    '${command.words}'|'${command.words} '*) words='${names.join(' ')}' ;;`;
  });
  return `# perch-server completion bash: source this, or put it into ~/.local/share/bash-completion/completions/perch-server
_perch_server() {
  local current=\${COMP_WORDS[COMP_CWORD]} said words=''
  said="\${COMP_WORDS[*]:1:COMP_CWORD-1}"
  case $said in
    '') words='${firstWords(commands).join(' ')}' ;;
${seconds.join('\n')}
${options.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ "\${#COMPREPLY[@]}" -eq 0 ] && [ "\${current#-}" = "$current" ] && [ -n "$said" ]; then
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -F _perch_server perch-server
`;
}

const zsh = (commands: readonly CliCommand[]): string => `#compdef perch-server
autoload -U +X compinit && compinit -u
autoload -U +X bashcompinit && bashcompinit
${bash(commands)}`;

const quoted = (text: string): string => `'${text.replaceAll("'", "\\'")}'`;

function fish(commands: readonly CliCommand[]): string {
  const lines = [
    '# perch-server completion fish: put this into ~/.config/fish/completions/perch-server.fish',
  ];
  const firsts = firstWords(commands);
  const none = `not __fish_seen_subcommand_from ${firsts.join(' ')}`;
  for (const first of firsts) {
    const own = commands.find(({ words }) => words === first);
    const about =
      own?.summary ?? (first === 'help' ? 'Show help' : `${secondWords(commands, first).join(', ')}`);
    lines.push(`complete -c perch-server -f -n ${quoted(none)} -a ${first} -d ${quoted(about)}`);
  }
  for (const command of commands) {
    const [first, second] = command.words.split(' ') as [string, string?];
    if (second !== undefined) {
      const seconds = secondWords(commands, first);
      const when = `__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${seconds.join(' ')}`;
      lines.push(`complete -c perch-server -f -n ${quoted(when)} -a ${second} -d ${quoted(command.summary)}`);
    }
    const when = [first, ...(second === undefined ? [] : [second])]
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join('; and ');
    for (const [name, { value, help }] of Object.entries(optionsOf(command))) {
      const takes = value === undefined ? '' : PATHS.has(value) ? ' -r -F' : ' -x';
      lines.push(`complete -c perch-server -n ${quoted(when)} -l ${name}${takes} -d ${quoted(help)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** A script that has a shell complete the commands. Pure. @throws UsageError for a shell that is not known */
export function completionScript(shell: string, commands: readonly CliCommand[]): string {
  if (shell === 'bash') return bash(commands);
  if (shell === 'zsh') return zsh(commands);
  if (shell === 'fish') return fish(commands);
  throw new UsageError(`${JSON.stringify(shell)}: there are ${SHELLS.join(', ')}`);
}

/** The command itself; `commands` gives all of them, this one too. */
export const completionCommand = (commands: () => readonly CliCommand[]): CliCommand => ({
  here: true,
  words: 'completion',
  positionals: ['SHELL'],
  summary: 'Print what has a shell complete these commands',
  help: `
SHELL is ${SHELLS.join(', ')}.

Examples:
  perch-server completion fish > ~/.config/fish/completions/perch-server.fish
  source <(perch-server completion bash)`,
  options: {},
  async run(input) {
    process.stdout.write(completionScript(input.positionals[0]!, commands()));
    return 0;
  },
});
