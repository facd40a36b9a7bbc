import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';

/** The entity tag of a version; 0: there is none yet (RFC 9110, section 8.8.3). Pure. */
export const etagOf = (version: number): string => `"${version}"`;

/**
 * The version that a change is meant for, from If-Match (RFC 9110, section 13.1.1): who changes a config says which one he has
 * seen. Pure. @throws Problem 428 without it, 400 for what is no version
 */
export function expected(header: string | undefined): number {
  if (header === undefined)
    throw new Problem(
      428,
      'say which version you change: If-Match with the ETag that GET gave, "0" for none',
    );
  const version = /^"(\d{1,10})"$/.exec(header.trim())?.[1];
  if (version === undefined)
    throw new Problem(400, `If-Match: ${header.slice(0, 40)} is no ETag of ours, such as "3"`);
  return Number(version);
}

export const ifMatch = (request: FastifyRequest): number => expected(request.headers['if-match']);

export const setEtag = (reply: FastifyReply, version: number): void =>
  void reply.header('etag', etagOf(version));
