import { resolve } from 'node:path';
import { ROLES, type Role } from '@perch/broker-bridge/update/roles.ts';
import type { KeysView } from '../commands/keys.ts';
import type { CliCommand, Input } from './command-line.ts';
import { perform } from './perform.ts';
import { printJson, say } from './print.ts';
import { table, timeText } from './text.ts';
import { UsageError } from './usage-error.ts';
import { countOption } from './values.ts';

const OFFLINE = {
  type: 'string',
  value: 'DIR',
  help: 'folder with the keys, on a machine of the owner',
} as const;
const ONLINE = {
  type: 'string',
  value: 'FILE',
  help: "the server's keys, as keys show --json prints them there",
} as const;

const init: CliCommand = {
  words: 'keys init',
  positionals: [],
  summary: 'Begin a fleet whose owner signs on another machine',
  help: `
On the server, before its first start: makes the keys that it signs with by itself. Then, on a machine that need not have a
network, makes the owner's keys and the files to take to the server. A server that is simply started makes all keys itself.

Examples:
  perch-server keys init --json > online.json
  perch-server keys init --offline keys --online online.json --root-keys 3 --threshold 2`,
  options: {
    offline: OFFLINE,
    online: ONLINE,
    'root-keys': { type: 'string', value: 'N', help: 'how many root keys to make (1)' },
    threshold: { type: 'string', value: 'M', help: 'how many of them must sign (1)' },
  },
  run: (input) => (input.text('offline') === undefined ? initServer(input) : initOwner(input)),
};

async function initServer(input: Input): Promise<number> {
  for (const name of ['online', 'root-keys', 'threshold'])
    if (input.text(name) !== undefined) throw new UsageError(`--${name} goes with --offline DIR`);
  const result = await perform(input.place, 'keysInit', {});
  if (input.json) return printJson(result);
  showOnline(result);
  say(
    'Next, where the owner signs: perch-server keys init --offline DIR --online FILE, with this as --json in FILE.',
  );
  return 0;
}

async function initOwner(input: Input): Promise<number> {
  const [folder, online] = [input.text('offline')!, input.text('online')];
  if (online === undefined)
    throw new UsageError(
      'keys init --offline needs --online FILE, from perch-server keys init --json on the server',
    );
  const { initOffline, readOnlineKeys, ROOT_KEYS_LIMIT } = await import('../tuf/offline.ts');
  const rootKeys = countOption('root-keys', input.text('root-keys'), ROOT_KEYS_LIMIT) ?? 1;
  const threshold = countOption('threshold', input.text('threshold'), rootKeys) ?? 1;
  const { root, keys } = await initOffline({
    ...{ folder: resolve(folder), online: await readOnlineKeys(resolve(online)) },
    ...{ rootKeys, threshold, now: Date.now() },
  });
  const files = [`${folder}/1.root.json`, `${folder}/targets.json`];
  if (input.json)
    return printJson({ files, keys: keys.map((key) => key.path), expires: root.expires, threshold });
  for (const key of keys) console.log(key.path);
  say(
    `These keys are the fleet: keep copies where nobody else gets at them. ${threshold} of ${rootKeys} root keys must sign a root.`,
    `Take ${files.join(' and ')} to the server: perch-server keys import 1.root.json targets.json`,
  );
  return 0;
}

const show: CliCommand = {
  words: 'keys show',
  positionals: [],
  summary: 'Show who signs for this fleet, and until when',
  help: `
No private key is shown. With --json it also tells the public keys that this server signs with, for the owner's machine.

Example:
  perch-server keys show`,
  options: {},
  async run(input) {
    const result = await perform(input.place, 'keysShow', {});
    if (input.json) return printJson(result);
    if (result.root === null) {
      showOnline(result);
      say(
        result.online === undefined
          ? 'There are no keys yet: perch-server serve makes them all, perch-server keys init those of a server alone.'
          : 'There is no root yet: perch-server keys import 1.root.json targets.json',
      );
      return 0;
    }
    console.log(`Boards begin their trust with root 1, ${result.root}`);
    const rows = result.roles.map(({ role, version, expires, threshold, keys }) => [
      role,
      version === 0 ? '-' : String(version),
      expires === undefined ? '-' : timeText(expires),
      `${threshold} of ${keys.length}`,
      keys.map((key) => `${key.id.slice(0, 8)}${key.here ? '' : ' (elsewhere)'}`).join(', '),
    ]);
    console.log(table(['ROLE', 'VERSION', 'GOOD UNTIL', 'SIGN', 'KEYS'], rows));
    for (const text of result.warnings) say(`Warning: ${text}`);
    return 0;
  },
};

function showOnline({ online }: KeysView): void {
  if (online !== undefined) console.log(table(['ROLE', 'PUBLIC KEY'], Object.entries(online)));
}

const rotate: CliCommand = {
  words: 'keys rotate',
  positionals: ['[ROLE]'],
  summary: 'Exchange the keys of a role',
  help: `
ROLE is root, targets, snapshot or timestamp. On a server that has the root keys it is done at once; boards follow with their
next check. Where the root keys are elsewhere, the server makes its new key, and --offline makes the next root there:
for root and targets with new keys, with --online naming the server's new keys, without ROLE with a new date alone, as a
root is good for a year.

Examples:
  perch-server keys rotate timestamp
  perch-server keys rotate targets --offline keys
  perch-server keys rotate --offline keys --online online.json`,
  options: { offline: OFFLINE, online: ONLINE },
  async run(input) {
    const role = roleOf(input.positionals[0]);
    return input.text('offline') === undefined ? rotateHere(input, role) : rotateOwner(input, role);
  },
};

function roleOf(text: string | undefined): Role | undefined {
  const role = ROLES.find((each) => each === text);
  if (text !== undefined && role === undefined)
    throw new UsageError(`${JSON.stringify(text)} is not a role; use ${ROLES.join(', ')}`);
  return role;
}

async function rotateHere(input: Input, role: Role | undefined): Promise<number> {
  if (input.text('online') !== undefined) throw new UsageError('--online goes with --offline DIR');
  if (role === undefined) throw new UsageError('keys rotate needs ROLE, or --offline DIR');
  const result = await perform(input.place, 'keysRotate', { role });
  if (input.json) return printJson(result);
  console.log(`The new ${role} key is ${result.id.slice(0, 8)}.`);
  if (!result.done)
    say(
      'It signs nothing until a root names it. Make that where the root keys are, with this as FILE: perch-server keys show --json',
      'perch-server keys rotate --offline DIR --online FILE, then here: perch-server keys import N.root.json',
    );
  return 0;
}

async function rotateOwner(input: Input, role: Role | undefined): Promise<number> {
  const [folder, online] = [input.text('offline')!, input.text('online')];
  const { readOnlineKeys, rotateOffline } = await import('../tuf/offline.ts');
  const { root, complete } = await rotateOffline({
    ...{ folder: resolve(folder), role, now: Date.now() },
    online: online === undefined ? undefined : await readOnlineKeys(resolve(online)),
  });
  const file = `${folder}/${root.version}.root.json`;
  if (input.json) return printJson({ file, version: root.version, expires: root.expires, complete });
  console.log(file);
  say(
    complete
      ? `Take it to the server: perch-server keys import ${root.version}.root.json`
      : 'It lacks signatures. Where the other root keys are: perch-server keys sign FILE --offline DIR',
  );
  if (role === 'targets')
    say('Then sign the targets anew with the new key: perch-server release sign --offline DIR');
  return 0;
}

const sign: CliCommand = {
  here: true,
  words: 'keys sign',
  positionals: ['FILE'],
  summary: 'Add the signature of a root key to a root',
  help: `
For owners who keep root keys in several places. FILE is N.root.json and gets the signatures of the root keys in DIR.

Example:
  perch-server keys sign 2.root.json --offline keys`,
  options: { offline: OFFLINE },
  async run(input) {
    const folder = input.text('offline');
    if (folder === undefined) throw new UsageError('keys sign needs --offline DIR');
    const { signOffline } = await import('../tuf/offline.ts');
    const { root, signatures, threshold } = await signOffline(
      resolve(input.positionals[0]!),
      resolve(folder),
    );
    if (input.json) return printJson({ version: root.version, signatures, threshold });
    console.log(`Root ${root.version} has ${signatures} signatures; ${threshold} of its own keys must sign.`);
    return 0;
  },
};

const take: CliCommand = {
  words: 'keys import',
  positionals: ['FILE...'],
  summary: 'Take in roots and targets that the owner signed',
  help: `
Roots must follow those that the server has, one by one. Targets that name new executables go with perch-server release publish.

Example:
  perch-server keys import 1.root.json targets.json`,
  options: {},
  async run(input) {
    const files = input.positionals.map((file) => resolve(file));
    const result = await perform(input.place, 'keysImport', { files });
    if (input.json) return printJson(result);
    const version = (role: Role): number => result.roles.find((each) => each.role === role)!.version;
    console.log(`The fleet has root ${version('root')} and targets ${version('targets')} now.`);
    return 0;
  },
};

const give: CliCommand = {
  words: 'keys export',
  positionals: ['DIR'],
  summary: 'Write the signed roots and targets into a folder',
  help: `
For the owner's machine, when the files there are lost or another release was published meanwhile. They are no secret.

Example:
  perch-server keys export stick`,
  options: {},
  async run(input) {
    const result = await perform(input.place, 'keysExport', { folder: resolve(input.positionals[0]!) });
    if (input.json) return printJson(result);
    for (const file of result.files) console.log(file);
    if (result.files.length === 0) say('There is no root yet: perch-server keys show');
    return 0;
  },
};

export const KEYS_COMMANDS: CliCommand[] = [init, show, rotate, sign, take, give];
