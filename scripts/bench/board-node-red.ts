import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { withFileLock } from '../build/file-lock.mjs';
import { lastLines, runCommand } from '../build/run-command.ts';
import { runtimePackage } from '../build/runtime-package.ts';
import { targetOf } from '../build/targets.ts';
import { RIG_CACHE } from '../rig/board.ts';
import { bytesOf, makeBenchCard, startsWith } from './board-card.ts';
import { brokerOf, type Contender, type Ground, type Sizes } from './board-contender.ts';
import { THERMOMETERS } from './board-sensors.ts';

/** package.json and lock file: what is fetched is pinned there, with its hashes. */
const PINNED = join(import.meta.dirname, 'node-red');
const TIMEOUT = 15 * 60_000;
/** What a release of Node-RED brings anew: its packages have one version. */
const OF_RELEASE = /^node_modules\/(node-red|@node-red\/[a-z-]+)$/;

interface Locked {
  packages: Record<string, { version?: string; integrity?: string } | undefined>;
}

/** Where npm's cache keeps an archive that it has fetched. */
function archiveIn(cache: string, integrity: string): string {
  const [algorithm, hash] = integrity.split('-', 2);
  const hex = Buffer.from(hash!, 'base64').toString('hex');
  return join(cache, '_cacache/content-v2', algorithm!, hex.slice(0, 2), hex.slice(2, 4), hex.slice(4));
}

async function run(program: string, args: string[], cwd: string): Promise<void> {
  const result = await runCommand(program, args, { cwd, timeout: TIMEOUT });
  if (result.status !== 0) throw new Error(`${program} ${args[0]} failed:\n${lastLines(result.output)}`);
}

/** Node-RED in `folder`/app with Node, without parts that are compiled, and what it takes. */
async function install(folder: string, { packages }: Locked): Promise<Sizes> {
  const [app, cache] = [join(folder, 'app'), join(folder, 'cache')];
  mkdirSync(join(app, 'bin'), { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(PINNED, name), join(app, name));
  const runtime = await runtimePackage(targetOf('linux-arm64'));
  const node = join(app, 'bin/node');
  copyFileSync(join(runtime.folder, 'bin/node'), node);
  const quiet = ['--silent', '--no-audit', '--no-fund', '--cache', cache];
  await run('npm', ['ci', '--ignore-scripts', '--omit=optional', '--os=linux', '--cpu=arm64', ...quiet], app);
  await run('tar', ['--create', '--xz', '--file', join(folder, 'app.tar.xz'), 'app'], folder);
  const sizes = {
    executable: statSync(node).size,
    installed: bytesOf(app),
    package: statSync(join(folder, 'app.tar.xz')).size,
    update: Object.entries(packages)
      .filter(([path]) => OF_RELEASE.test(path))
      .reduce((sum, [, entry]) => sum + statSync(archiveIn(cache, entry!.integrity!)).size, 0),
  };
  rmSync(cache, { recursive: true });
  rmSync(join(folder, 'app.tar.xz'));
  return sizes;
}

/** The folder with Node-RED and Node, made once for each lock file, and its sizes. */
async function installed(lock: Buffer): Promise<{ app: string; sizes: Sizes }> {
  const name = `node-red-${createHash('sha256').update(lock).digest('hex').slice(0, 16)}`;
  const folder = join(RIG_CACHE, name);
  return withFileLock(`${folder}.lock`, { wait: TIMEOUT }, async () => {
    if (!existsSync(folder)) {
      const work = `${folder}.${process.pid}`;
      try {
        const sizes = await install(work, JSON.parse(lock.toString()) as Locked);
        writeFileSync(join(work, 'sizes.json'), JSON.stringify(sizes));
        renameSync(work, folder);
      } finally {
        rmSync(work, { recursive: true, force: true });
      }
    }
    const sizes = JSON.parse(readFileSync(join(folder, 'sizes.json'), 'utf8')) as Sizes;
    return { app: join(folder, 'app'), sizes };
  });
}

const idOf = (type: string): string => `node-${type.replace(' ', '-')}`;

/** A flow of Node-RED's own nodes: each second it reads the thermometers' files and publishes them as one JSON object. */
export function flowOf({ host, port }: { host: string; port: number }): object[] {
  const count = THERMOMETERS.length;
  const files = `return [Array.from({ length: ${count} }, (_, i) => ({ topic: 't' + i, filename: '/sys/class/hwmon/hwmon' + i + '/temp1_input' }))];`;
  const scale = 'msg.payload = Number(msg.payload) / 1000; return msg;';
  // What has no place in the editor is taken for a setting that others refer to.
  const node = (type: string, to: string[], rest: object, id = idOf(type)): object => ({
    ...{ id, type, z: 'flow', name: '', x: 100, y: 100, wires: [to.map(idOf)] },
    ...rest,
  });
  return [
    { id: 'flow', type: 'tab', label: 'thermometers', disabled: false },
    { id: 'broker', type: 'mqtt-broker', name: '', broker: host, port: String(port), clientid: '' },
    node('inject', ['function'], { props: [], repeat: '1', once: true, onceDelay: 0.1 }),
    node('function', ['file in'], { func: files, outputs: 1 }),
    node('file in', ['scale'], {
      ...{ filename: 'filename', filenameType: 'msg', format: 'utf8' },
      ...{ sendError: false, encoding: 'none', allProps: false },
    }),
    node('function', ['join'], { func: scale, outputs: 1 }, idOf('scale')),
    node('join', ['mqtt out'], {
      ...{ mode: 'custom', build: 'object', property: 'payload', propertyType: 'msg', key: 'topic' },
      ...{ count: String(count), timeout: '', accumulate: false },
    }),
    node('mqtt out', [], { topic: 'bench/node-red', qos: '0', retain: 'false', broker: 'broker' }),
  ];
}

/** Its own settings, but for the path of the flow and what would call home. */
const SETTINGS = `module.exports = {
  flowFile: 'flows.json',
  credentialSecret: false,
  uiPort: 1880,
  telemetry: { enabled: false, updateNotification: false },
};
`;

/** Node-RED, its editor served as always, on the Node that is inside the agent. */
export async function nodeRed({ house, parts, watch }: Ground): Promise<Contender> {
  watch.progress('node-red: fetching it from npm');
  const lock = readFileSync(join(PINNED, 'package-lock.json'));
  const { app, sizes } = await installed(lock);
  const { version } = (JSON.parse(lock.toString()) as Locked).packages['node_modules/node-red']!;
  return {
    name: 'node-red',
    title: `Node-RED ${version}`,
    sizes,
    hwmon: true,
    topic: 'bench/node-red',
    card: (path) =>
      makeBenchCard(path, parts, (root) => {
        const data = join(root, 'var/lib/node-red');
        mkdirSync(data, { recursive: true });
        cpSync(app, join(root, 'opt/node-red'), { recursive: true, verbatimSymlinks: true });
        writeFileSync(join(data, 'settings.js'), SETTINGS);
        writeFileSync(join(data, 'flows.json'), JSON.stringify(flowOf(brokerOf(house))));
        const program = '/opt/node-red/bin/node /opt/node-red/node_modules/node-red/red.js';
        startsWith(root, `${program} --userDir /var/lib/node-red`);
      }),
  };
}
