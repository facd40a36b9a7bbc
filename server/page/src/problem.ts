/** An answer of the API that is no success, as one sentence for a person (RFC 9457). */
export class ApiProblem extends Error {
  readonly status: number;
  readonly body: Record<string, unknown>;
  constructor(status: number, message: string, body: Record<string, unknown> = {}) {
    super(message);
    this.name = 'ApiProblem';
    this.status = status;
    this.body = body;
  }

  /** The server does not have this part of the API. */
  get isMissing(): boolean {
    return this.status === 404 && this.message.startsWith('there is nothing at');
  }
}

const BY_STATUS: Record<number, string> = {
  401: 'You are not logged in any more.',
  403: 'Your login does not allow this.',
  404: 'This is not there.',
  412: 'Somebody changed it meanwhile. Load it again, then make your change.',
  413: 'That is too large.',
  429: 'Too many requests at once. Wait a moment.',
};

/** One readable sentence of a problem's body, whatever came. Pure. */
export function problemText(status: number, body: unknown): string {
  const detail =
    typeof body === 'object' && body !== null ? (body as { detail?: unknown }).detail : undefined;
  if (typeof detail === 'string' && detail !== '') return detail;
  return (
    BY_STATUS[status] ??
    (status >= 500 ? 'The server failed; its log says why.' : `The server refused it (${status}).`)
  );
}

/** A sentence for any error that a call can end with. Pure. */
export function errorText(error: unknown): string {
  if (error instanceof ApiProblem) return sentence(error.message);
  if (error instanceof Error && error.name === 'TimeoutError') return 'The server takes too long to answer.';
  if (error instanceof TypeError) return 'The server cannot be reached. What you see may be old.';
  return error instanceof Error ? sentence(error.message) : 'Something went wrong.';
}

/** With a capital in front. Pure. */
export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
