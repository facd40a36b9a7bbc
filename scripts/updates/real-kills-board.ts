import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBoot } from '../../agent/src/update/boot-file.ts';
import type { Board } from '../e2e/house.ts';
import { fsShimEnvironment, readFsLog, setFaults } from '../faults/fs-shim.ts';
import { type RealKill, ruleOf } from './real-kills-plan.ts';

/** What an update writes, below the state folder. */
const FILES = [
  'update',
  'releases',
  ...['boot', 'update-memory', 'trust'].flatMap((name) =>
    ['a', 'b'].flatMap((copy) => [`${name}.${copy}`, `${name}.${copy}.new`]),
  ),
];

/** A board whose agent is killed by a plan. */
export class WatchedBoard {
  readonly log: string;
  readonly #board: Board;
  readonly #env: NodeJS.ProcessEnv;
  readonly #control: string;
  readonly #bootId: string;
  readonly #left: RealKill[];
  #armed: RealKill | undefined;
  #boots = 0;
  /** The calls that it was killed at. */
  deaths: string[] = [];

  /** `folder`: where its log and settings lie; `library`: the shim of fs-shim.ts. */
  constructor(folder: string, board: Board, library: string, plan: readonly RealKill[]) {
    const file = (what: string): string => join(folder, `${board.alias}-${what}`);
    this.#board = board;
    this.#left = [...plan];
    this.log = file('calls');
    this.#control = file('faults');
    this.#bootId = file('boot-id');
    const shim = fsShimEnvironment(library, {
      paths: FILES.map((name) => join(board.state, name)),
      ...{ log: this.log, control: this.#control },
    });
    this.#env = { PERCH_BOOT_ID: this.#bootId, PERCH_RUNNER: runnerWith(file('runner'), shim) };
  }

  async start(): Promise<void> {
    this.#boots += 1;
    writeFileSync(this.#bootId, `boot-${this.#boots}\n`);
    this.#arm();
    await this.#board.start(this.#env);
  }

  /** Looks whether the agent was killed since the last look, and arms the next kill. The launcher starts it again by itself. */
  async died(): Promise<boolean> {
    const dead = readFsLog(this.log).filter(({ result }) => result === 'killed' || result === 'torn');
    if (dead.length === this.deaths.length) {
      this.#arm();
      return false;
    }
    this.deaths = dead.map(({ name }) => name);
    const kill = this.#left.shift();
    this.#arm();
    if (kill?.power) {
      await this.#board.stop('SIGKILL');
      await this.start();
    }
    return true;
  }

  /** A kill is armed in its life alone; one that the old life did not come to is left out. */
  #arm(): void {
    // The launcher notes the boot when it counts the first start of a trial.
    const { tries, boot } = readBoot(this.#board.state);
    const onTrial = tries !== undefined && boot !== undefined;
    while (onTrial && this.#left[0]?.life === 'old') this.#left.shift();
    const next = this.#left[0];
    const armed = next === undefined || (next.life === 'new') !== onTrial ? undefined : next;
    if (armed === this.#armed) return;
    this.#armed = armed;
    setFaults(this.#control, armed === undefined ? [] : [ruleOf(armed)]);
  }
}

/** A program that runs another one under the shim, and the launcher not. @returns its path */
function runnerWith(path: string, env: Record<string, string>): string {
  const quoted = Object.entries(env).map(([name, value]) => `export ${name}='${value}'`);
  writeFileSync(path, `#!/bin/sh\n${quoted.join('\n')}\nexec "$@"\n`);
  chmodSync(path, 0o700);
  return path;
}
