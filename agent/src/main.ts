import { main } from './cli.ts';

// Each device that hangs in the kernel holds one of libuv's threads, four by default: leave some for the others.
process.env.UV_THREADPOOL_SIZE ??= '16';

// Whoever reads our output may have had enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

// Not a top-level await: the bundle is CommonJS.
void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
