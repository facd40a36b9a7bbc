import { type Enrolment, readToken } from '../../broker-bridge/src/enrolment.ts';
import { BoardError } from './board-error.ts';

/** What a token says. `where` goes before the reason why it is none; the token itself is in no message. @throws BoardError BAD_TOKEN */
export function enrolmentOf(token: string, where = ''): Enrolment {
  try {
    return readToken(token);
  } catch (error) {
    throw new BoardError('BAD_TOKEN', `${where}${(error as Error).message}`);
  }
}
