import { readToken } from '@perch/broker-bridge/enrolment.ts';
import { SimulatedBoard } from '../bench/simulated-board.ts';
import { SAMPLE_BOARDS, SHOWN, valuesAt } from './sample-fleet.ts';

/** Connects those of the sample fleet that are well, and has the one that is shown send a record. @returns what ends them */
export async function connectSampleBoards(
  enroll: (alias: string) => Promise<{ token: string }>,
): Promise<() => Promise<void>> {
  const boards: SimulatedBoard[] = [];
  for (const { alias, version, online } of SAMPLE_BOARDS) {
    if (!online) continue;
    const { token } = await enroll(alias);
    const board = new SimulatedBoard({ enrolment: readToken(token), version });
    boards.push(board);
    await board.start();
    const now = Date.now();
    const values = alias === SHOWN ? valuesAt(now) : {};
    // The first report still tells of the config that it had at Hello.
    for (const at of [now - 30_000, now])
      await board.send([board.record(new Map(Object.entries(values)), at, 30_000)]);
  }
  return async () => {
    for (const board of boards) await board.close();
  };
}
