import { ERRORS, type ErrorCode, PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { RuleMoved } from '../commands/alerts.ts';
import { NotAllowed } from '../commands/caller.ts';
import { LayerMoved } from '../commands/layers.ts';
import { CommandRefused } from '../commands/refusal.ts';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** What an API call that did nothing is answered with (RFC 9457); `data` are its extension members. */
export class Problem extends Error {
  readonly status: number;
  readonly data: Record<string, unknown>;
  /** `detail`: one sentence that says what was wrong, where, and what to do. */
  constructor(status: number, detail: string, data: Record<string, unknown> = {}) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.data = data;
  }
}

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Not logged in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Wrong method',
  408: 'Too slow',
  409: 'Refused',
  412: 'Changed meanwhile',
  413: 'Too long',
  415: 'Wrong media type',
  421: 'Wrong host',
  428: 'Version missing',
  429: 'Too many requests',
  500: 'The server failed',
  503: 'Try again later',
};

/** HTTP statuses of the error codes that commands give; any other is 409. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  MALFORMED: 400,
  BAD_ALIAS: 400,
  TOO_LONG: 413,
  BUSY: 503,
  DISK: 503,
};

export interface ProblemBody {
  type: 'about:blank';
  title: string;
  status: number;
  detail: string;
  [member: string]: unknown;
}

/**
 * An error as its answer. Those that are made for people pass; of any other only that it happened is told, as its message may
 * hold anything. Pure.
 */
export function problemOf(error: unknown): ProblemBody {
  const { status, detail, data } = told(error);
  return { ...data, type: 'about:blank', title: TITLES[status] ?? 'Refused', status, detail };
}

function told(error: unknown): { status: number; detail: string; data: Record<string, unknown> } {
  if (error instanceof Problem) return { status: error.status, detail: error.message, data: error.data };
  if (error instanceof NotAllowed) return { status: 403, detail: error.message, data: {} };
  if (error instanceof LayerMoved || error instanceof RuleMoved)
    return { status: 412, detail: error.message, data: error.data };
  if (error instanceof CommandRefused) return { status: 409, detail: error.message, data: error.data };
  if (error instanceof PerchError) {
    const detail = error.message.replace(`${error.code}: `, '');
    return {
      status: STATUS[error.code] ?? 409,
      detail,
      data: { code: error.code, retry: ERRORS[error.code].retry },
    };
  }
  const { statusCode, message } = error as { statusCode?: unknown; message?: unknown };
  // Fastify's own: a body that is too long, no JSON, of another media type.
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return { status: statusCode, detail: String(message), data: {} };
  return { status: 500, detail: 'the server failed; its log says why', data: {} };
}
