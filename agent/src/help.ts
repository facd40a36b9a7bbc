const COMMANDS = {
  enroll: `perch-agent enroll TOKEN

Makes this board's own key and keeps whom it reports to. TOKEN is the line that
\`perch-server enroll ALIAS\` printed; - reads it from standard input, so that it
does not stay in the shell's history. A card that was flashed with a token needs
none of this: the agent takes it from there at its first start.

  perch-agent enroll perch1.eyJ2Ijox...
  ssh pi@greenhouse 'perch-agent enroll -' < token.txt`,
  run: `perch-agent run [--print-records]

Reads the sensors of the config that the server gave and reports their values
until it is told to end (SIGTERM or Ctrl-C). perch-launcher starts it, so that an
update can be tried and taken back; without it the agent takes no updates. Exit
code 75 asks the launcher to start it again.

  --print-records  prints each record as it is taken, one line of JSON, on standard output

  perch-launcher /usr/bin/perch-agent run`,
  probe: `perch-agent probe [--config FILE] [--suggest] [--json]

Lists what this board could read: I2C buses with the addresses that answer and the
chips that say their names, serial ports, and the chips that the kernel knows; each
with a piece of config for it. Then reads every sensor of the config once: value,
unit, quality, milliseconds. Where an agent runs, its newest readings are shown and
its addresses are left alone.

  --config FILE  reads the sensors of FILE instead of the board's own config
  --suggest      prints a config to start from, and nothing else

  sudo perch-agent probe
  sudo perch-agent probe --suggest > greenhouse.json
  sudo perch-agent probe --config greenhouse.json`,
  watch: `perch-agent watch [--count N] [--json]

Shows the values of the agent that runs with this state folder, anew with each
sample, until Ctrl-C or N samples. With --json one line for each sample.

  perch-agent watch
  perch-agent watch --json --count 1 | jq .readings`,
  'check-config': `perch-agent check-config FILE [--json]
perch-agent check-config --schema

Checks a config as the server and the board would, and says what is wrong where.
- reads standard input. Exit code 1 when it is not valid. --schema prints the JSON
Schema of a config, so that an editor can complete and check it.

  perch-agent check-config greenhouse.json
  perch-agent check-config --schema > perch-config.schema.json`,
  status: `perch-agent status [--json]

Shows what the agent that runs with this state folder is doing: link, config,
records that wait, sensors, update.

  perch-agent status --json | jq .outbox`,
} as const;

type Command = keyof typeof COMMANDS;

export const isCommand = (text: string): text is Command => Object.hasOwn(COMMANDS, text);

const COMMON = `
Options
  --state DIR   where this board keeps its identity (default: $PERCH_STATE, else
                /var/lib/perch)
  --json        for machines
  --version     the version of this executable
  --help        this text, or that of one command`;

export const helpOf = (command: Command): string => `${COMMANDS[command]}\n${COMMON}`;

export const HELP = `perch-agent: reads sensors and reports them to a Perch server

  perch-agent enroll TOKEN        introduce this board to its server, once
  perch-agent run                 read and report
  perch-agent probe               what could this board read, and what does it read?
  perch-agent watch               live values
  perch-agent check-config FILE   is this config valid?
  perch-agent status              what is the agent doing?
${COMMON}

Start here:  perch-agent enroll TOKEN && perch-launcher /usr/bin/perch-agent run`;
