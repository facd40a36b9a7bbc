/** Prints a result for programs, and gives the exit code of success. */
export function printJson(result: unknown): 0 {
  console.log(JSON.stringify(result, null, 2));
  return 0;
}

/** Lines for the person at the terminal, on standard error, so that standard output holds results only. */
export function say(...lines: string[]): void {
  for (const line of lines) process.stderr.write(`${line}\n`);
}
