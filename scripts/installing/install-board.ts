import { createReadStream, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildPlatform } from '../build/targets.ts';
import { askSecret } from '../flashing/ask.ts';
import { BoardError } from '../flashing/board-error.ts';
import { enrolmentOf } from '../flashing/board-token.ts';
import { I2C_SETTINGS, withSettings } from '../flashing/config-txt.ts';
import { type Progress, SILENT } from '../flashing/progress.ts';
import { changelogTime } from '../package/changelog.ts';
import { writeDeb } from '../package/deb.ts';
import type { Payload } from '../package/payload.ts';
import { writeTarball } from '../package/tarball.ts';
import { type BoardFacts, judgeBoard, PROBE, type Sudo } from './board-facts.ts';
import {
  INSTALL,
  MAKE_FOLDER,
  REMOVE_FOLDER,
  TAKE_FILE,
  WATCH_SECONDS,
  WATCH_STATUS,
} from './board-scripts.ts';
import { judgeStatus } from './board-status.ts';
import { quoted, type Remote, Ssh, type SshOptions, scriptCommand } from './ssh.ts';

/** Bytes that a board needs free: the packed and the installed executable, and its room to unpack. */
export const BOARD_ROOM = 300e6;

export interface InstallOptions extends SshOptions {
  /** Whom the board reports to; without it a board that is enrolled stays so. */
  token?: string | undefined;
  /** What is installed, once the board's platform is known. */
  payloadFor: (platform: BuildPlatform) => Promise<Payload>;
  /** Turns the I2C bus of a Raspberry Pi on. */
  enableI2c: boolean;
  /** Seconds to wait until the server lets the board in; 0: not at all. */
  waitSeconds: number;
  progress?: Progress;
}

export interface Installed {
  host: string;
  platform: BuildPlatform;
  version: string;
  alias?: string;
  /** The board's key, to be compared before it is approved. */
  fingerprint?: string;
  accepted: boolean;
  notes: string[];
}

/** Commands as root: by sudo where that is needed, whose password goes before all else on standard input. */
class Rights {
  readonly #ssh: Ssh;
  readonly #sudo: Sudo;
  readonly #password: string;
  constructor(ssh: Ssh, sudo: Sudo, password: string) {
    this.#ssh = ssh;
    this.#sudo = sudo;
    this.#password = password;
  }

  run(
    command: string,
    options: { input?: string; onLine?: (line: string) => boolean } = {},
  ): Promise<Remote> {
    const { input = '', ...rest } = options;
    if (this.#sudo === 'root') return this.#ssh.run(command, { input, ...rest });
    if (this.#sudo === 'free') return this.#ssh.run(`sudo -n ${command}`, { input, ...rest });
    // -k: it asks each time, so that the password is never taken for what follows it.
    return this.#ssh.run(`sudo -k -S -p '' ${command}`, { input: `${this.#password}\n${input}`, ...rest });
  }
}

async function rightsOn(ssh: Ssh, host: string, sudo: Sudo): Promise<Rights> {
  if (sudo !== 'asks') return new Rights(ssh, sudo, '');
  const password = await askSecret(
    `Password of sudo on ${host}: `,
    'a user whose sudo asks for none, or root',
  );
  const rights = new Rights(ssh, sudo, password);
  const { status, stderr } = await rights.run('true');
  if (status !== 0)
    throw new BoardError('NO_SUDO', `sudo on ${host} does not let this user in: ${lastLine(stderr)}`);
  return rights;
}

const lastLine = (said: string): string =>
  said.trim().split('\n').at(-1)?.trim() || 'it ended without a word';

/** Packs the payload as the board's system takes it. @returns the file */
async function packed(payload: Payload, kind: BoardFacts['kind'], folder: string): Promise<string> {
  const output = join(folder, `perch-agent.${kind}`);
  const work = join(folder, 'root');
  mkdirSync(work);
  const options = { output, work, seconds: changelogTime(), fast: true };
  if (kind === 'deb') await writeDeb(payload, options);
  else await writeTarball(payload, options);
  return output;
}

/** What turns I2C on there, and the new config.txt where that is how. */
async function i2cOf(ssh: Ssh, facts: BoardFacts): Promise<{ how: string; configTxt?: string }> {
  if (facts.raspiConfig) return { how: 'raspi-config' };
  if (facts.configTxt === undefined) return { how: '' };
  const { status, stdout } = await ssh.run(`cat ${quoted(facts.configTxt)}`);
  if (status !== 0) throw new BoardError('NOT_INSTALLED', `${facts.configTxt} on the board cannot be read`);
  const configTxt = withSettings(stdout, I2C_SETTINGS);
  return configTxt === stdout ? { how: '' } : { how: facts.configTxt, configTxt };
}

/**
 * Installs the agent on a running board over ssh, or brings it up to this version, and enrols it. The token goes by standard
 * input, never in a command line. Nothing is changed on a board that cannot have an agent.
 * @throws BoardError UNREACHABLE, NO_SUDO, WRONG_PLATFORM, NO_SPACE, BAD_TOKEN, NOT_INSTALLED, NOT_ACCEPTED, STOPPED
 */
export async function installBoard(options: InstallOptions): Promise<Installed> {
  const { host, token, progress = SILENT } = options;
  if (token !== undefined) enrolmentOf(token);
  const ssh = new Ssh(options);
  const work = mkdtempSync(join(tmpdir(), 'perch-install-'));
  let folder: string | undefined;
  try {
    progress.step(`asking ${host} what it is`);
    const facts = judgeBoard(host, (await ssh.run(scriptCommand(PROBE))).stdout, BOARD_ROOM);
    const rights = await rightsOn(ssh, host, facts.sudo);
    const payload = await options.payloadFor(facts.platform);
    const file = await packed(payload, facts.kind, work);

    folder = (await must(ssh.run(scriptCommand(MAKE_FOLDER)), 'a folder cannot be made')).stdout.trim();
    await send(ssh, file, `${folder}/perch-agent.${facts.kind}`, progress);
    const i2c = options.enableI2c ? await i2cOf(ssh, facts) : { how: '' };
    if (i2c.configTxt !== undefined)
      await must(
        ssh.run(scriptCommand(TAKE_FILE, `${folder}/config.txt`), { input: i2c.configTxt }),
        'config.txt cannot be copied',
      );
    progress.step('installing');
    const words = [folder, facts.kind, token === undefined ? '' : 'token', i2c.how];
    const result = await must(
      rights.run(scriptCommand(INSTALL, ...words), { input: token === undefined ? '' : `${token.trim()}\n` }),
      'it could not be installed',
    );
    const notes = notesOf(options, facts, i2c.how);
    const enrolled = enrolledBy(result.stdout);
    const accepted = await waitUntilAccepted(rights, options, progress);
    return { host, platform: facts.platform, version: payload.version, ...enrolled, accepted, notes };
  } finally {
    if (folder !== undefined)
      await ssh.run(scriptCommand(REMOVE_FOLDER, folder), { always: true }).catch(() => {});
    await ssh.close();
    rmSync(work, { recursive: true, force: true });
  }
}

/** @throws BoardError NOT_INSTALLED with the board's last word, when a command fails */
async function must(running: Promise<Remote>, what: string): Promise<Remote> {
  const result = await running;
  if (result.status !== 0)
    throw new BoardError('NOT_INSTALLED', `on the board, ${what}: ${lastLine(result.stderr)}`);
  return result;
}

async function send(ssh: Ssh, file: string, target: string, progress: Progress): Promise<void> {
  const total = statSync(file).size;
  const stage = progress.stage('copying the package', total);
  const input = createReadStream(file);
  let sent = 0;
  input.on('data', (chunk) => {
    sent += chunk.length;
    stage.to(sent);
  });
  await must(ssh.run(scriptCommand(TAKE_FILE, target), { input }), 'the package cannot be copied');
  stage.end();
}

/** What `perch-agent enroll --json` printed. */
function enrolledBy(stdout: string): { alias?: string; fingerprint?: string } {
  try {
    const { alias, fingerprint } = JSON.parse(stdout) as Record<string, unknown>;
    return {
      ...(typeof alias === 'string' ? { alias } : {}),
      ...(typeof fingerprint === 'string' ? { fingerprint } : {}),
    };
  } catch {
    return {};
  }
}

function notesOf(
  { enableI2c }: InstallOptions,
  { configTxt, raspiConfig }: BoardFacts,
  how: string,
): string[] {
  if (!enableI2c) return [];
  if (how === configTxt && how !== undefined) return ['I2C is on after the next start of the board'];
  if (how !== '' || raspiConfig) return [];
  return [
    configTxt === undefined
      ? 'this is no Raspberry Pi: I2C is on as its system has it'
      : 'I2C was on already',
  ];
}

async function waitUntilAccepted(
  rights: Rights,
  options: InstallOptions,
  progress: Progress,
): Promise<boolean> {
  const { host, waitSeconds } = options;
  if (waitSeconds === 0) return false;
  progress.step('waiting for the server to let it in');
  let last = `nothing was heard of the agent on ${host}`;
  let accepted = false;
  const times = Math.ceil(waitSeconds / WATCH_SECONDS);
  await rights.run(scriptCommand(WATCH_STATUS, String(times)), {
    onLine(line) {
      const status = judgeStatus(line);
      if (status === undefined) return false;
      if (status.text !== last) progress.step(status.text);
      last = status.text;
      accepted = status.accepted;
      return accepted;
    },
  });
  if (!accepted)
    throw new BoardError('NOT_ACCEPTED', `the agent is on ${host}, but after ${waitSeconds} s: ${last}`);
  return true;
}
