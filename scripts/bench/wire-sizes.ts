import { monitorRecord, plainRecord } from './sample-messages.ts';
import { SAMPLE_BOARDS, type SampleBoard } from './sample-values.ts';
import { answerHello, type HelloKind, openHello, sessionPair } from './session-pair.ts';

/** Records in the batch that stands for a backlog. */
export const BATCH = 50;
/** Counter of the measured message: a session that has run for hours, so not at its shortest. */
const COUNTER = 1000;

export interface SizeRow {
  board: string;
  records: number;
  /** MQTT payload of the sealed message, in bytes per record. */
  perch: number;
  /** The same records as JSON, in bytes per record. */
  json: number;
}

function sizeOf(board: SampleBoard, records: number): SizeRow {
  const { agent } = sessionPair();
  while (agent.sent < COUNTER) agent.seal(monitorRecord(board, 0, 0));
  const perch = agent.seal(monitorRecord(board, 0, records)).payload.length / records;
  const json = Array.from({ length: records }, (_, n) => JSON.stringify(plainRecord(board, n)));
  return {
    ...{ board: board.name, records, perch },
    json: json.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / records,
  };
}

export const recordSizes = (): SizeRow[] =>
  SAMPLE_BOARDS.flatMap((board) => [sizeOf(board, 1), sizeOf(board, BATCH)]);

/** MQTT payloads of Hello and of its reply, in bytes. */
export function helloSizes(kind: HelloKind): { request: number; reply: number } {
  const { request } = openHello(kind);
  return { request: request.length, reply: answerHello(request, kind).reply.length };
}
