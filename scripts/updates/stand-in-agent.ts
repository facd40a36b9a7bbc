// A small agent for the tests of updates: the real updater with a server of files in place of the session, and timers that run
// fast. `stand-in-agent VERSION`; the scene is in PERCH_SCENE (scene.ts). One line of JSON a start goes to PERCH_LIVES.
import { appendFileSync, readFileSync } from 'node:fs';
import type { MessageOf } from '@perch/broker-bridge/protocol/messages.ts';
import { sha256Hex } from '@perch/broker-bridge/release.ts';
import { filesFor, packFiles } from '@perch/broker-bridge/update/metadata-blob.ts';
import type { Question } from '../../agent/src/update/asker.ts';
import { RESTART_EXIT_CODE, readBoot } from '../../agent/src/update/boot-file.ts';
import { Updater } from '../../agent/src/update/updater.ts';
import { fastNow, fastTimers } from './fast-timers.ts';
import type { SceneFile } from './scene.ts';

const version = process.argv[2]!;
const state = process.env.PERCH_STATE!;
const executable = process.env.PERCH_SELF!;
const scene = JSON.parse(readFileSync(process.env.PERCH_SCENE!, 'utf8')) as SceneFile;
const wanted = scene.releases.find((one) => one.version === scene.wanted)!;

const tell = (line: object): void =>
  appendFileSync(process.env.PERCH_LIVES!, `${JSON.stringify({ version, ...line })}\n`);

// What was started must be whole and signed, whatever happened before.
const own = sha256Hex(readFileSync(executable));
tell({ started: true, whole: scene.releases.some((one) => one.version === version && one.sha256 === own) });

let counter = 0;
const bytesOf = (object: string): Buffer =>
  readFileSync(scene.objects.find((one) => one.sha256 === object)!.path);

function prepare({ version: asked, have, ...versions }: Question): number {
  const re = counter++;
  const base = have && Buffer.from(have).toString('hex');
  const of = (from: string) => scene.objects.find((one) => one.version === asked && one.base === from);
  const object = (base && of(base)) || of('')!;
  const files = scene.metadata.map((file) => ({ ...file, bytes: Buffer.from(file.bytes, 'base64') }));
  const metadata = packFiles(filesFor(versions, files));
  const answer: MessageOf<'prepared'> = {
    ...{ name: 'prepared', re },
    ...(metadata.length === 0 ? {} : { metadata }),
    object: {
      sha256: Buffer.from(object.sha256, 'hex'),
      length: object.length,
      ...(object.base === '' ? {} : { patch: true }),
    },
  };
  setImmediate(() => updater.prepared(answer));
  return re;
}

function fetch(object: Uint8Array, frame: number, offsets: number[]): number {
  const re = counter++;
  const bytes = bytesOf(Buffer.from(object).toString('hex'));
  setImmediate(() => {
    for (const offset of offsets) updater.takeFrame(re, offset, bytes.subarray(offset, offset + frame));
  });
  return re;
}

function end(code: number): void {
  updater.stop();
  process.exit(code);
}

const updater: Updater = new Updater({
  ...{ state, version, executable, platform: 'linux-x64', launched: true },
  root: Buffer.from(scene.root, 'hex'),
  ...{ now: fastNow, timers: fastTimers, random: Math.random },
  clock: () => scene.clock,
  live: () => true,
  maxRate: () => undefined,
  prepare,
  fetch,
  news() {},
  restart: () => end(RESTART_EXIT_CODE),
  note: (text) => tell({ note: text }),
});
process.on('SIGTERM', () => end(0));

updater.reached('the server let it in');
updater.resume();
// As the server does: a board that has the release in hand, or gave it up, is not told again.
if (version !== wanted.version && updater.report()?.sequence !== wanted.sequence)
  updater.offer(wanted.version);
const stored = version === scene.deaf ? undefined : setInterval(() => updater.stored(), 2);

if (scene.crash?.version === version) fastTimers.set(() => process.abort(), scene.crash.afterMs);

let told = '';
setInterval(() => {
  const { proved, tries, gaveUp } = readBoot(state);
  const { state: step, code } = updater.status() ?? {};
  const here = JSON.stringify({ settled: tries === undefined || proved === true, gaveUp, step, code });
  if (here !== told) tell(JSON.parse(here));
  told = here;
}, 5);
if (stored === undefined) tell({ note: 'no record of this version is ever stored' });
