/** Longest line that a terminal takes from a paste is 4095 bytes (termios(3), canonical mode). */
const PASTE_LIMIT = 4_000;

/** A token in as many lines as a terminal takes; the agent joins them. Pure. */
export const tokenLines = (token: string): string[] =>
  token.match(new RegExp(`.{1,${PASTE_LIMIT}}`, 'g')) ?? [];
