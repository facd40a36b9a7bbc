import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { I2cModule, SerialBinding } from './types.ts';

// The native parts when the agent runs from source. In the executable scripts/build/native-plugin.ts puts another
// module in this one's place, which has the same two functions and the addons inside.

/** Milliseconds for compiling the I2C addon; it takes two seconds on a PC. */
const COMPILE_TIMEOUT = 120_000;
const require = createRequire(import.meta.url);

/** Compiles the I2C addon for this machine (or finds it in node_modules/.cache) and says where `bindings` looks for it. */
function prepareI2cAddon(): void {
  const script = fileURLToPath(import.meta.resolve('../../../scripts/build/compile-for-source.ts'));
  const compiled = spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    timeout: COMPILE_TIMEOUT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (compiled.status !== 0)
    throw new Error(`I2C is unsupported when run from source here: ${compiled.stderr || compiled.error}`);
  // `bindings` joins this to the folder of i2c-bus, so it has to be relative.
  const packageFolder = dirname(require.resolve('i2c-bus/package.json'));
  process.env.NODE_BINDINGS_COMPILED_DIR = relative(packageFolder, compiled.stdout.trim());
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
