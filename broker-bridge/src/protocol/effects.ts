import type { ErrorCode } from './errors.ts';
import type { MessageOf, ServerMessage, WireConfig, WireRefusal, WireUpdate } from './messages.ts';

/** What the agent's rounds ask its runner to do, in order. */
export type AgentEffect =
  | { do: 'sayHello' } // Hello 1, under a new handshake
  | { do: 'report' } // Monitor Record 1: what the outbox has, up to the message's limits
  | { do: 'acknowledge' } // the records of the open exchange are stored: the outbox lets them go
  | { do: 'heed'; time?: number; wait?: number; behind?: boolean } // what an OK says beside: messages.ts
  | { do: 'unanswered' } // the open report is sent again
  | { do: 'applyConfig'; config: WireConfig }
  | { do: 'offerRelease'; version: string }
  | { do: 'prepared'; message: MessageOf<'prepared'> }
  | { do: 'takeFrame'; re: number; offset: number; bytes: Uint8Array }
  | { do: 'requestRefused'; re: number; code: ErrorCode }
  | { do: 'endSession' }
  | { do: 'startTimer'; timer: AgentTimer; ms: number }
  | { do: 'stopTimer'; timer: AgentTimer }
  | { do: 'note'; event: string };

/** reply: an answer is due; retry: back-off before the next Hello; renew: the session is old enough to be replaced; pace: the backlog goes on. */
export type AgentTimer = 'reply' | 'retry' | 'renew' | 'pace';

/** What the server's rounds ask its runner to do, in order: a reply behind a store is sent after the commit. */
export type ServerEffect =
  | { do: 'notePending' } // show the key to a person
  | { do: 'openSession' } // keep the handshake's keys; confirmed by the first message that opens under them
  | { do: 'endSession' }
  | { do: 'confirm' } // note what Hello told
  | { do: 'store' } // the records and gaps, in one transaction
  | { do: 'reply'; message: 'ok' | 'helloClient' | 'versionMismatch' | 'reconfigure' | 'notWhitelisted' }
  | { do: 'push'; message: 'versionMismatch' | 'reconfigure' } // the server opens the exchange
  | { do: 'prepare' } // metadata and the way to a release
  | { do: 'sendFrames' }
  | { do: 'hint' } // an unauthenticated "say Hello again"
  | { do: 'noteGone' };

export type { ServerMessage, WireConfig, WireRefusal, WireUpdate };
