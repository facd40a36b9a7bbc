import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { leanPlugin } from '../build/lean-plugin.ts';
import { ROOT } from '../build/paths.ts';
import { fsShimEnvironment } from '../faults/fs-shim.ts';
import { ReleaseSet, standIn } from './release-set.ts';
import { packagedOf } from './update-board.ts';

/** What stand-in-agent.ts reads: a server in a file. */
export interface SceneFile {
  /** The version that the server wants. */
  wanted: string;
  /** A version of which no record is ever stored. */
  deaf?: string;
  /** A version that crashes so many ms after its start, on the fast clock. */
  crash?: { version: string; afterMs: number };
  root: string; // SHA-256 of the first root, hex
  clock?: number; // Unix ms
  metadata: {
    role: 'root' | 'timestamp' | 'snapshot' | 'targets';
    version: number;
    expires: number;
    bytes: string;
  }[];
  releases: { version: string; sequence: number; sha256: string }[];
  objects: { version: string; base: string; sha256: string; length: number; path: string }[];
}

/** One line of PERCH_LIVES. */
export interface LifeLine {
  version: string;
  started?: boolean;
  whole?: boolean;
  note?: string;
  settled?: boolean;
  gaveUp?: { name: string; why: string };
  step?: string;
  code?: string;
}

/** The stand-in as one file that starts fast. @returns its path */
export async function bundleStandIn(folder: string): Promise<string> {
  const outfile = join(folder, 'stand-in-agent.cjs');
  await build({
    absWorkingDir: ROOT,
    entryPoints: [join(import.meta.dirname, 'stand-in-agent.ts')],
    ...{ bundle: true, outfile, platform: 'node', target: 'node24', format: 'cjs', logLevel: 'silent' },
    plugins: [leanPlugin],
  });
  return outfile;
}

/** A stand-in's script: takes the next line of PERCH_PLAN, the call at which this life is killed (0: none), then is the agent. */
export const agentBody = (version: string): string => `
if [ -s "$PERCH_PLAN" ]; then
  n=$(sed -n 1p "$PERCH_PLAN"); sed -i 1d "$PERCH_PLAN"
  if [ "$n" -gt 0 ]; then export LD_PRELOAD="$PERCH_PRELOAD" FS_SHIM_KILL_AT="$n"; fi
fi
PERCH_SELF="$0" exec "$PERCH_NODE" "$PERCH_PROGRAM" ${version}`;

export interface SceneOptions {
  /** Bodies of releases that are no agents, by version: what they do when they are started. */
  bodies?: Record<string, string>;
  /** Whole files in the place of stand-ins, by version. */
  files?: Record<string, Buffer>;
  wanted?: string;
  deaf?: string;
  crash?: SceneFile['crash'];
  bytes?: number;
  clock?: number;
  /** Without patches: every board gets the full form. */
  full?: boolean;
}

/** Releases 0.1.0 (which is packaged), 0.2.0 and 0.3.0 in a folder, with all that carries them. */
export async function makeScene(folder: string, options: SceneOptions = {}): Promise<Scene> {
  const set = new ReleaseSet(join(folder, 'set'));
  for (const version of ['0.1.0', '0.2.0', '0.3.0'])
    set.add(
      version,
      options.files?.[version] ??
        standIn(version, options.bodies?.[version] ?? agentBody(version), options.bytes),
    );
  const objects: SceneFile['objects'] = [];
  for (const { version, target } of set.releases.values())
    for (const base of [undefined, ...set.releases.values()]) {
      if (base?.target.sha256 === target.sha256 || (options.full && base !== undefined)) continue;
      const { sha256, bytes } = await set.object(version, base?.target.sha256);
      const path = join(folder, 'set', `object-${version}-${base?.version}`);
      objects.push({ version, base: base?.target.sha256 ?? '', sha256, length: bytes.length, path });
    }
  const file: SceneFile = {
    wanted: options.wanted ?? '0.3.0',
    ...(options.deaf === undefined ? {} : { deaf: options.deaf }),
    ...(options.crash === undefined ? {} : { crash: options.crash }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    root: Buffer.from(set.fleet.rootSha256).toString('hex'),
    metadata: set.fleet.files.map((one) => ({ ...one, bytes: Buffer.from(one.bytes).toString('base64') })),
    releases: [...set.releases.values()].map(({ version, target: { sequence, sha256 } }) => ({
      ...{ version, sequence, sha256 },
    })),
    objects,
  };
  writeFileSync(join(folder, 'scene.json'), JSON.stringify(file));
  return { folder, set, file, program: await bundleStandIn(folder) };
}

export interface Scene {
  folder: string;
  set: ReleaseSet;
  file: SceneFile;
  program: string;
}

const LAUNCHER = join(ROOT, 'agent/launcher/perch-launcher');

/** A board of a scene: a state folder, the real launcher, and executables that are killed by a plan. */
export class SceneBoard {
  readonly state: string;
  readonly #scene: Scene;
  readonly #library: string;
  readonly #log: string;
  #launcher: ChildProcess | undefined;
  #boots = 0;
  output = '';

  /** `library`: the shim of fs-shim.ts. */
  constructor(scene: Scene, name: string, library: string) {
    this.#scene = scene;
    this.#library = library;
    this.state = join(scene.folder, name, 'state');
    this.#log = join(scene.folder, name, 'calls');
    mkdirSync(this.state, { recursive: true });
    copyFileSync(scene.set.of('0.1.0').path, packagedOf(this.state));
    this.newBoot();
  }

  /** The board is switched off and on. */
  newBoot(): void {
    this.#boots += 1;
    writeFileSync(join(this.state, '..', 'boot-id'), `boot-${this.#boots}\n`);
  }

  get log(): string {
    return this.#log;
  }

  /** `plan`: the file-system call at which each life is killed, 0 for none; without one, what is left of the plan before. */
  start(plan?: readonly number[], more: NodeJS.ProcessEnv = {}): void {
    const { folder, program } = this.#scene;
    const planFile = join(this.state, '..', 'plan');
    if (plan !== undefined) writeFileSync(planFile, plan.map((at) => `${at}\n`).join(''));
    const { LD_PRELOAD, ...shim } = fsShimEnvironment(this.#library, { paths: [this.state], log: this.#log });
    this.#launcher = spawn(LAUNCHER, [packagedOf(this.state), 'run'], {
      env: {
        ...process.env,
        ...shim,
        PERCH_PRELOAD: LD_PRELOAD,
        PERCH_STATE: this.state,
        PERCH_BOOT_ID: join(this.state, '..', 'boot-id'),
        PERCH_SCENE: join(folder, 'scene.json'),
        PERCH_LIVES: this.#lives,
        PERCH_PLAN: planFile,
        PERCH_NODE: process.execPath,
        PERCH_PROGRAM: program,
        PERCH_RUNNER: '',
        ...more,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    this.#launcher.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
  }

  get running(): boolean {
    return (
      this.#launcher !== undefined && this.#launcher.exitCode === null && this.#launcher.signalCode === null
    );
  }

  /** The power goes: launcher and agent with it. */
  async cut(): Promise<void> {
    const launcher = this.#launcher;
    if (launcher === undefined || !this.running) return;
    const gone = once(launcher, 'exit');
    process.kill(-launcher.pid!, 'SIGKILL');
    await gone;
    this.newBoot();
  }

  async stop(): Promise<void> {
    const launcher = this.#launcher;
    if (launcher === undefined || !this.running) return;
    const gone = once(launcher, 'exit');
    launcher.kill('SIGTERM');
    await gone;
  }

  get #lives(): string {
    return join(this.state, '..', 'lives');
  }

  lines(): LifeLine[] {
    if (!existsSync(this.#lives)) return [];
    return readFileSync(this.#lives, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as LifeLine);
  }

  /** Waits until a line of the agent says so. @throws Error with the story, when it does not within `ms`, or something was not whole */
  async until(what: string, holds: (line: LifeLine) => boolean, ms = 30_000): Promise<void> {
    const end = performance.now() + ms;
    for (;;) {
      const lines = this.lines();
      if (lines.some((line) => line.started && !line.whole)) throw new Error(`not whole: ${this.story()}`);
      if (lines.some(holds)) return;
      if (performance.now() > end) throw new Error(`no ${what}: ${this.story()}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  story(): string {
    return `${this.lines()
      .map((line) => JSON.stringify(line))
      .join('\n')}\n${this.output}`;
  }
}
