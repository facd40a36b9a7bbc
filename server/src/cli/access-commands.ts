import type { GrantView } from '../commands/access.ts';
import { SCOPES, type Scope } from '../store/access-contract.ts';
import type { CliCommand, Input } from './command-line.ts';
import { perform } from './perform.ts';
import { printJson, say } from './print.ts';
import { printable, table, timeText } from './text.ts';
import { UsageError } from './usage-error.ts';
import { spanOption } from './values.ts';

const SCOPE = {
  type: 'string',
  value: 'SCOPE',
  help: 'read, operate (boards, configs, rollouts) or admin',
} as const;

function scopeOf(input: Input, otherwise: Scope | undefined): Scope {
  const text = input.text('scope') ?? otherwise;
  if (text === undefined) throw new UsageError('--scope is needed: read, operate or admin');
  const scope = SCOPES.find((each) => each === text);
  if (scope === undefined) throw new UsageError(`--scope ${text}: there are ${SCOPES.join(', ')}`);
  return scope;
}

const grantRow = ({ id, name, scope, created, expires, used }: GrantView): string[] => [
  id,
  printable(name),
  scope,
  timeText(created),
  expires === undefined ? '' : timeText(expires),
  used === undefined ? 'never' : timeText(used),
];

const login: CliCommand = {
  words: 'login',
  positionals: [],
  summary: 'Make a link that logs a browser into the page',
  help: `
The link works once, within an hour; hand it over as you would a password.

Examples:
  perch-server login
  perch-server login --scope read --name ada`,
  options: {
    scope: { ...SCOPE, help: `${SCOPE.help} (admin)` },
    name: { type: 'string', value: 'NAME', help: 'who that is, for the list of events (admin)' },
  },
  async run(input) {
    const name = input.text('name');
    const result = await perform(input.place, 'login', {
      scope: scopeOf(input, 'admin'),
      ...(name === undefined ? {} : { name }),
    });
    if (input.json) return printJson(result);
    say(`This link logs in as ${result.name} with the scope ${result.scope}, once, within an hour:`);
    console.log(result.url);
    return 0;
  },
};

const tokenAdd: CliCommand = {
  words: 'token add',
  positionals: ['NAME'],
  summary: 'Make a token for another program, or for --server',
  help: `
The token is shown once and kept nowhere; the server has its hash. NAME says whose it is.

Example:
  perch-server token add grafana --scope read`,
  options: {
    scope: SCOPE,
    ttl: { type: 'string', value: 'TIME', help: 'how long it can be used, such as 90d (for good)' },
  },
  async run(input) {
    const ttl = spanOption('ttl', input.text('ttl'));
    const result = await perform(input.place, 'tokenAdd', {
      name: input.positionals[0]!,
      scope: scopeOf(input, undefined),
      ...(ttl === undefined ? {} : { ttl }),
    });
    if (input.json) return printJson(result);
    say(`The token ${result.name} (${result.id}), with the scope ${result.scope}; it is not shown again:`);
    console.log(result.token);
    return 0;
  },
};

const tokenList: CliCommand = {
  words: 'token list',
  positionals: [],
  summary: 'List the tokens that programs use',
  help: `\nExample:\n  perch-server token list`,
  options: {},
  async run(input) {
    const result = await perform(input.place, 'tokenList', {});
    if (input.json) return printJson(result);
    const rows = result.tokens.map(grantRow);
    if (rows.length === 0) say('There are none. Make one: perch-server token add NAME --scope read');
    else console.log(table(['ID', 'NAME', 'SCOPE', 'CREATED', 'EXPIRES', 'USED'], rows));
    return 0;
  },
};

const tokenRevoke: CliCommand = {
  words: 'token revoke',
  positionals: ['NAME'],
  summary: 'Make a token worthless at once',
  help: `
NAME is its name or its id. Browsers that logged in with it are logged out.
\nExample:\n  perch-server token revoke grafana`,
  options: {},
  async run(input) {
    const result = await perform(input.place, 'tokenRevoke', { id: input.positionals[0]! });
    if (input.json) return printJson(result);
    console.log(`The token ${result.name} is revoked.`);
    return 0;
  },
};

const sessionList: CliCommand = {
  words: 'session list',
  positionals: [],
  summary: 'List the browsers that are logged in',
  help: `\nExample:\n  perch-server session list`,
  options: {},
  async run(input) {
    const result = await perform(input.place, 'sessionList', {});
    if (input.json) return printJson(result);
    const rows = result.sessions.map(grantRow);
    if (rows.length === 0) say('Nobody is logged in. Make a link: perch-server login');
    else console.log(table(['ID', 'NAME', 'SCOPE', 'BEGUN', 'EXPIRES', 'USED'], rows));
    return 0;
  },
};

const sessionEnd: CliCommand = {
  words: 'session end',
  positionals: ['ID'],
  summary: 'Log a browser out',
  help: `
ID is that of perch-server session list.

Example:
  perch-server session end 0123456789ab`,
  options: {},
  async run(input) {
    const result = await perform(input.place, 'sessionEnd', { id: input.positionals[0]! });
    if (input.json) return printJson(result);
    console.log(`The session ${result.id} of ${printable(result.name)} has ended.`);
    return 0;
  },
};

export const ACCESS_COMMANDS: CliCommand[] = [
  login,
  tokenAdd,
  tokenList,
  tokenRevoke,
  sessionList,
  sessionEnd,
];
