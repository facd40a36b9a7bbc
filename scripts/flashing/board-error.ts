/** Why no board was made. The code is for programs, the message for people. */
export type BoardFault =
  | 'NOT_AN_IMAGE'
  | 'TRUNCATED'
  | 'WRONG_PLATFORM'
  | 'NOT_EXT4'
  | 'DIRTY'
  | 'NO_SPACE'
  | 'EXISTS'
  | 'DISK_FULL'
  | 'MISSING_TOOL'
  | 'TOOL_FAILED'
  | 'BAD_TOKEN'
  | 'BAD_OPTION'
  | 'NO_WIFI'
  | 'NOT_VERIFIED'
  | 'REFUSED_DISK'
  | 'UNREACHABLE'
  | 'NO_SUDO'
  | 'NOT_INSTALLED'
  | 'NOT_ACCEPTED'
  | 'STOPPED';

/** One line that says what was wrong, where, and what to do. */
export class BoardError extends Error {
  override name = 'BoardError';
  readonly code: BoardFault;
  constructor(code: BoardFault, message: string) {
    super(message);
    this.code = code;
  }
}
