/** Every error that the two ends tell each other or their users, once: wire number, and whether trying again can help. */
export const ERRORS = {
  MALFORMED: { number: 1, retry: false, what: 'the bytes are not a message of this protocol' },
  TOO_LONG: { number: 2, retry: false, what: 'longer than the limit' },
  UNKNOWN_KIND: { number: 3, retry: false, what: 'a message kind that this version does not know' },
  WRONG_DIRECTION: { number: 4, retry: false, what: 'a message that only the other end may send' },
  UNKNOWN_SESSION: { number: 5, retry: true, what: 'no such session; say Hello' },
  REPLAYED: { number: 6, retry: false, what: 'a counter that was seen before or is too old' },
  NOT_AUTHENTIC: { number: 7, retry: false, what: 'the seal does not open' },
  BAD_ALIAS: { number: 8, retry: false, what: 'not an alias (1 to 64 of a-z 0-9 . _ -)' },
  UNKNOWN_OBJECT: { number: 9, retry: true, what: 'no executable with that hash' },
  BAD_RANGE: { number: 10, retry: false, what: 'a range outside the object' },
  BUSY: { number: 11, retry: true, what: 'too much at once; try later' },
  BAD_SIGNATURE: { number: 12, retry: false, what: 'not signed by the owner of this fleet' },
  WRONG_PLATFORM: { number: 13, retry: false, what: 'made for another platform' },
  WRONG_HASH: { number: 14, retry: true, what: 'the content does not have the signed hash' },
  WRONG_LENGTH: { number: 15, retry: true, what: 'the content does not have the signed length' },
  OLD_RELEASE: { number: 16, retry: false, what: 'older than the release that runs' },
  DOES_NOT_START: { number: 17, retry: false, what: 'the new executable does not start here' },
  DISK: { number: 18, retry: true, what: 'the disk is full, read-only or broken' },
  BAD_CONFIG: { number: 19, retry: false, what: 'the config is not valid' },
  ROLLED_BACK: { number: 20, retry: false, what: 'the new executable was tried and given up' },
  NO_LAUNCHER: {
    number: 21,
    retry: false,
    what: 'the agent was not started by perch-launcher, so it could not go back',
  },
  EXPIRED: { number: 22, retry: true, what: 'the update metadata is out of date' },
  OLD_METADATA: { number: 23, retry: true, what: 'older than what this board has seen' },
  MIXED_METADATA: { number: 24, retry: true, what: 'metadata files that do not belong together' },
  NO_TARGET: {
    number: 25,
    retry: true,
    what: 'the signed metadata names no such release for this platform',
  },
  NOT_PROVED: { number: 26, retry: true, what: 'the new executable did not prove itself in time' },
} as const;

export type ErrorCode = keyof typeof ERRORS;

const CODE_BY_NUMBER = new Map<number, ErrorCode>(
  (Object.entries(ERRORS) as [ErrorCode, { number: number }][]).map(([code, row]) => [row.number, code]),
);

/** The code with that wire number, or MALFORMED for a number this version does not know. */
export function errorCodeOf(number: number): ErrorCode {
  return CODE_BY_NUMBER.get(number) ?? 'MALFORMED';
}

/** An error with one of the codes above. The message says what was wrong, where, and what to do. */
export class PerchError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, detail?: string) {
    super(detail === undefined ? `${code}: ${ERRORS[code].what}` : `${code}: ${detail}`);
    this.name = 'PerchError';
    this.code = code;
  }
}
