import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readToken } from '../../broker-bridge/src/enrolment.ts';
import { perform } from '../../server/src/cli/perform.ts';
import { ROOT } from '../build/paths.ts';
import { freePort, Process } from '../e2e/processes.ts';
import type { Sender } from './closed-loop.ts';
import { EchoClient } from './echo-client.ts';
import { SAMPLE_BOARDS, wireValues } from './sample-values.ts';
import { SimulatedBoard } from './simulated-board.ts';

/** Boards that say their first Hello at once. */
const STARTING_AT_ONCE = 50;

/** One of the two that take turns: a process that answers, and clients that send to it. */
export interface Side {
  name: 'perch' | 'echo';
  senders: Sender[];
  /** The process that answers. */
  pid: number;
  close(): Promise<void>;
}

export interface Load {
  boards: number;
  /** Records per message. */
  records: number;
  inFlight: number;
}

/** Runs steps, and undoes those that were done when one fails. */
async function assemble<T>(undo: (() => unknown)[], body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    await undoAll(undo);
    throw error;
  }
}

async function undoAll(undo: (() => unknown)[]): Promise<void> {
  for (const step of undo.splice(0).reverse()) await step();
}

async function inGroups<T>(
  list: readonly T[],
  size: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < list.length; at += size) await Promise.all(list.slice(at, at + size).map(work));
}

const repeated = (sender: Sender, times: number): Sender[] => Array.from({ length: times }, () => sender);

export interface PerchSide extends Side {
  /** Mean payload bytes of the messages so far. */
  payloads(): { request: number; reply: number };
}

/**
 * `perch-server serve` with an empty data folder, and boards that were enrolled there, each with its own connection. Without a
 * broker's URL the server runs its own.
 */
export function perchSide(load: Load, brokerUrl: string | undefined): Promise<PerchSide> {
  const undo: (() => unknown)[] = [];
  return assemble(undo, async () => {
    const data = mkdtempSync(join(tmpdir(), 'perch-bench-'));
    undo.push(() => rmSync(data, { recursive: true, force: true }));
    const broker =
      brokerUrl === undefined ? ['--listen', `127.0.0.1:${await freePort()}`] : ['--broker', brokerUrl];
    const main = join(ROOT, 'server/src/main.ts');
    const server = new Process('server', process.execPath, [
      main,
      'serve',
      '--data',
      data,
      '--no-http',
      ...broker,
    ]);
    undo.push(() => server.end());
    await server.says('connected to the broker');

    const boards: SimulatedBoard[] = [];
    undo.push(() => Promise.all(boards.map((board) => board.close())));
    for (let n = 1; n <= load.boards; n++) {
      const { token } = await perform(data, 'enroll', { alias: `board-${String(n).padStart(4, '0')}` });
      boards.push(new SimulatedBoard({ enrolment: readToken(token) }));
    }
    await inGroups(boards, STARTING_AT_ONCE, (board) => board.start());
    return {
      name: 'perch',
      senders: boards.flatMap((board) => repeated(senderOf(board, load.records), load.inFlight)),
      pid: server.child.pid!,
      payloads() {
        const total = (name: keyof SimulatedBoard['counters']): number =>
          boards.reduce((sum, { counters }) => sum + counters[name], 0);
        return {
          request: Math.round(total('sentBytes') / total('sent')),
          reply: Math.round(total('receivedBytes') / total('received')),
        };
      },
      close: () => undoAll(undo),
    };
  });
}

/** Records of the default config, which every new board gets. */
function senderOf(board: SimulatedBoard, count: number): Sender {
  const { values } = SAMPLE_BOARDS.find((sample) => sample.name === 'default config')!;
  let n = 0;
  return async () => {
    const records = Array.from({ length: count }, () =>
      board.record(wireValues(values(n++)), Date.now(), 10_000),
    );
    await board.send(records);
    return count;
  };
}

/** The echo with payloads of those sizes. Without a broker's URL its process runs the embedded broker, as the server does. */
export function echoSide(
  load: Load,
  brokerUrl: string | undefined,
  payloads: { request: number; reply: number },
): Promise<Side> {
  const undo: (() => unknown)[] = [];
  return assemble(undo, async () => {
    const answerer = new Process('echo', process.execPath, [
      ...[join(ROOT, 'scripts/bench/echo-answerer.ts'), String(payloads.reply), brokerUrl ?? 'embedded'],
    ]);
    undo.push(() => answerer.end());
    await answerer.says(/ready \S+\n/);
    const url = /ready (\S+)\n/.exec(answerer.output)![1]!;
    const clients: EchoClient[] = [];
    undo.push(() => Promise.all(clients.map((client) => client.close())));
    const names = Array.from({ length: load.boards }, (_, n) => `echo-${n + 1}`);
    await inGroups(names, STARTING_AT_ONCE, async (name) => {
      clients.push(await EchoClient.connect(url, name, payloads.request));
    });
    const senders = clients.flatMap((client) =>
      repeated(async () => {
        await client.send();
        return load.records;
      }, load.inFlight),
    );
    return { name: 'echo', senders, pid: answerer.child.pid!, close: () => undoAll(undo) };
  });
}
