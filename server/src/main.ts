#!/usr/bin/env node
import { runCli } from './cli.ts';

/** What is still open after the command's end, such as an idle socket, may hold the process up for this long. */
const LINGER_MS = 1000;

// The reader of a pipe may leave early, as `head` does: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

// A log that nobody reads any more does not end the server.
process.stderr.on('error', () => undefined);

process.exitCode = await runCli(process.argv.slice(2), process.env);
setTimeout(() => process.exit(), LINGER_MS).unref();
