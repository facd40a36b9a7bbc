// Run as a program by agent/src/native/native-modules.ts: compiles the I2C addon for this machine and prints the folder
// that holds `<node version>/linux/<arch>/i2c.node`.
import { dirname } from 'node:path';
import { compileI2cAddon } from './compile-addon.ts';
import { runtimePackage } from './runtime-package.ts';
import { hostTarget } from './targets.ts';

try {
  const target = hostTarget();
  const addon = await compileI2cAddon(target, await runtimePackage(target));
  console.log(dirname(dirname(dirname(dirname(addon)))));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
