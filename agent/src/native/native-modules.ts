import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, linkSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BoardModule, I2cModule, SerialBinding } from './types.ts';

// The native parts when the agent runs from source. In the executable scripts/build/native-plugin.ts puts another
// module in this one's place, which has the same functions and the addons inside.

/** Milliseconds for compiling an addon; it takes two seconds on a PC. */
const COMPILE_TIMEOUT = 120_000;
const require = createRequire(import.meta.url);

/** Compiles a native part for this machine, or finds it in node_modules/.cache. @returns what compile-for-source.ts prints */
function compileFromSource(part: 'i2c' | 'board', what: string): string {
  const script = fileURLToPath(import.meta.resolve('../../../scripts/build/compile-for-source.ts'));
  const compiled = spawnSync(process.execPath, [script, part], {
    encoding: 'utf8',
    timeout: COMPILE_TIMEOUT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (compiled.status !== 0)
    throw new Error(`${what} is unsupported when run from source here: ${compiled.stderr || compiled.error}`);
  return compiled.stdout.trim();
}

/** Says where `bindings` looks for the I2C addon. */
function prepareI2cAddon(): void {
  const compiled = compileFromSource('i2c', 'I2C');
  // `bindings` joins this to the folder of i2c-bus, so it has to be relative.
  const packageFolder = dirname(require.resolve('i2c-bus/package.json'));
  process.env.NODE_BINDINGS_COMPILED_DIR = relative(packageFolder, compiled);
}

let i2c: I2cModule | undefined;

export function requireI2c(): I2cModule {
  if (i2c === undefined) {
    prepareI2cAddon();
    i2c = require('i2c-bus') as I2cModule;
  }
  return i2c;
}

export function requireSerialBinding(): SerialBinding {
  return (require('@serialport/bindings-cpp') as { LinuxBinding: SerialBinding }).LinuxBinding;
}

let board: BoardModule | undefined;

/** Every agent loads this part at its start, so its path is kept by the source's hash: no compiler is asked again. */
export function requireBoard(): BoardModule {
  if (board !== undefined) return board;
  const source = readFileSync(fileURLToPath(import.meta.resolve('./board/board.c')));
  const key = createHash('sha256').update(source).update(`${process.version} ${process.arch}`).digest('hex');
  const cache = fileURLToPath(import.meta.resolve('../../../node_modules/.cache/perch/'));
  const known = join(cache, `board-source-${key.slice(0, 16)}.node`);
  if (!existsSync(known)) {
    const compiled = compileFromSource('board', 'the native part board');
    try {
      linkSync(compiled, known);
    } catch {
      // Another process made it meanwhile, or the folder takes no links: this one's own path does.
    }
    board = require(compiled) as BoardModule;
  } else {
    board = require(known) as BoardModule;
  }
  return board;
}
