import { Encoder } from 'cbor-x/index-no-eval';
import { decodeMessage, encodeMessage } from '../../broker-bridge/src/protocol/codec.ts';
import { decodeEnvelope } from '../../broker-bridge/src/protocol/envelope.ts';
import { monitorRecord, plainRecord } from './sample-messages.ts';
import { SAMPLE_BOARDS, type SampleBoard } from './sample-values.ts';
import { answerHello, openHello, sessionPair } from './session-pair.ts';
import type { Spread } from './statistics.ts';
import { type Operation, timeOperations } from './timing.ts';
import { BATCH } from './wire-sizes.ts';

/** Different messages that a timed operation goes through, so that no cache holds the one answer. */
const VARIANTS = 64;

/** What Perch does with a message, and what of JSON and of cbor-x does the same. */
export const OPERATIONS = {
  encode: { json: 'JSON.stringify', cbor: 'cbor-x encode' },
  seal: { json: 'JSON.stringify', cbor: 'cbor-x encode' },
  open: { json: 'JSON.parse', cbor: 'cbor-x decode' },
  decode: { json: 'JSON.parse', cbor: 'cbor-x decode' },
} as const;
export type OperationName = keyof typeof OPERATIONS;
type TimedName = OperationName | (typeof OPERATIONS)[OperationName]['json' | 'cbor'];

export interface TimedCase {
  board: string;
  records: number;
  /** Nanoseconds per message. */
  times: Record<TimedName, Spread>;
}

function operationsOf(board: SampleBoard, records: number): Operation<TimedName>[] {
  const pair = sessionPair();
  const plain = new Encoder({ useRecords: false });
  const messages = Array.from({ length: VARIANTS }, (_, n) => monitorRecord(board, n * records, records));
  const plains = messages.map((_, n) => {
    const list = Array.from({ length: records }, (_, i) => plainRecord(board, n * records + i));
    return records === 1 ? list[0]! : list;
  });
  const encoded = messages.map((message) => encodeMessage(message));
  const texts = plains.map((value) => JSON.stringify(value));
  const cbors = plains.map((value) => plain.encode(value));
  let sealed: Uint8Array[] = [];
  const at = <T>(list: readonly T[], index: number): T => list[index % VARIANTS]!;
  return [
    { name: 'encode', run: (i) => encodeMessage(at(messages, i)) },
    { name: 'seal', run: (i) => pair.agent.seal(at(messages, i)).payload },
    {
      name: 'open',
      prepare: (count) => {
        sealed = Array.from({ length: count }, (_, i) => pair.agent.seal(at(messages, i)).payload);
      },
      run: (i) => {
        const envelope = decodeEnvelope(sealed[i]!, 'agent');
        return envelope.type === 'sealed' ? pair.server.open(envelope) : undefined;
      },
    },
    { name: 'decode', run: (i) => decodeMessage(at(encoded, i), 'agent') },
    { name: 'JSON.stringify', run: (i) => JSON.stringify(at(plains, i)) },
    { name: 'JSON.parse', run: (i) => JSON.parse(at(texts, i)) as unknown },
    { name: 'cbor-x encode', run: (i) => plain.encode(at(plains, i)) },
    { name: 'cbor-x decode', run: (i) => plain.decode(at(cbors, i)) as unknown },
  ];
}

/** Times of sealed Monitor Records; `progress` hears how far it is, from 0 to 1. */
export function recordTimes(rounds: number, progress: (share: number) => void): TimedCase[] {
  const cases = SAMPLE_BOARDS.flatMap((board) => [1, BATCH].map((records) => ({ board, records })));
  return cases.map(({ board, records }, index) => {
    progress(index / cases.length);
    const times = timeOperations(operationsOf(board, records), rounds);
    return { board: board.name, records, times };
  });
}

/** Nanoseconds of a whole later Hello at both ends, and of the server's part of it. */
export function helloTimes(rounds: number): { whole: Spread; server: Spread } {
  const { request } = openHello('later');
  return timeOperations(
    [
      {
        name: 'whole',
        run: () => {
          const hello = openHello('later');
          return hello.finish(answerHello(hello.request, 'later').reply);
        },
      },
      { name: 'server', run: () => answerHello(request, 'later').session },
    ],
    rounds,
  );
}
