/** The command line says something that cannot be meant. The message is one line; the exit code is 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}
