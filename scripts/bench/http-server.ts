import { readToken } from '../../broker-bridge/src/enrolment.ts';
import { perform } from '../../server/src/cli/perform.ts';
import { ROOT } from '../build/paths.ts';
import { freePort, Process } from '../e2e/processes.ts';
import type { Sender } from './closed-loop.ts';
import { SAMPLE_BOARDS, wireValues } from './sample-values.ts';
import { SimulatedBoard } from './simulated-board.ts';

/** Tokens that take turns, as a caller's rate is limited. */
const TOKENS = 40;
/** Records of a message, as boards with a backlog send them. */
export const RECORDS_A_MESSAGE = 16;

export interface HttpUnderTest {
  url: string;
  pid: number;
  /** Asks for JSON below /api/v1. */
  get<T>(path: string): Promise<T>;
  /** Opens a stream of events; the messages are read and counted. */
  watch(path: string, signal: AbortSignal): Promise<{ messages(): number }>;
  /** A link that logs a browser in. */
  link(): Promise<string>;
  close(): Promise<void>;
}

/** A perch-server process with that data folder. */
export async function startServer(dataDir: string): Promise<HttpUnderTest> {
  const [http, mqtt] = [await freePort(), await freePort()];
  const main = `${ROOT}/server/src/main.ts`;
  const server = new Process('server', process.execPath, [
    ...[main, 'serve', '--data', dataDir, '--http', `127.0.0.1:${http}`, '--listen', `127.0.0.1:${mqtt}`],
  ]);
  try {
    await server.says('connected to the broker');
    const tokens: string[] = [];
    for (let n = 0; n < TOKENS; n++)
      tokens.push((await perform(dataDir, 'tokenAdd', { name: `bench-${n}`, scope: 'read' })).token);
    const url = `http://127.0.0.1:${http}`;
    let turn = 0;
    const ask = async (path: string, signal?: AbortSignal): Promise<Response> => {
      const headers = { authorization: `Bearer ${tokens[turn++ % TOKENS]}` };
      const answer = await fetch(`${url}/api/v1${path}`, { headers, ...(signal ? { signal } : {}) });
      if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
      return answer;
    };
    return {
      url,
      pid: server.child.pid!,
      get: async <T>(path: string) => (await (await ask(path)).json()) as T,
      async watch(path, signal) {
        const { body } = await ask(path, signal);
        let messages = 0;
        void (async () => {
          const text = new TextDecoder();
          for await (const bytes of body!)
            messages += text.decode(bytes, { stream: true }).split('\n\n').length - 1;
        })().catch(() => undefined); // ends by the signal
        return { messages: () => messages };
      },
      link: async () => (await perform(dataDir, 'login', {})).url,
      close: async () => void (await server.end()),
    };
  } catch (error) {
    await server.end();
    throw error;
  }
}

/** Boards that send as fast as they get their OKs, each with a connection of its own. */
export async function startBoards(
  dataDir: string,
  count: number,
): Promise<{ senders: Sender[]; aliases: string[]; close(): Promise<void> }> {
  const boards: SimulatedBoard[] = [];
  const close = async (): Promise<void> => void (await Promise.all(boards.map((board) => board.close())));
  try {
    for (let n = 1; n <= count; n++) {
      const { token } = await perform(dataDir, 'enroll', { alias: `sender-${n}` });
      boards.push(new SimulatedBoard({ enrolment: readToken(token) }));
    }
    await Promise.all(boards.map((board) => board.start()));
  } catch (error) {
    await close();
    throw error;
  }
  const { values } = SAMPLE_BOARDS.find(({ name }) => name === 'default config')!;
  const senders = boards.map((board): Sender => {
    let n = 0;
    return async () => {
      const records = Array.from({ length: RECORDS_A_MESSAGE }, () =>
        board.record(wireValues(values(n++)), Date.now(), 1_000),
      );
      await board.send(records);
      return records.length;
    };
  });
  return { senders, aliases: boards.map(({ alias }) => alias), close };
}
