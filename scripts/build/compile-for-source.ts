// Run as a program by agent/src/native/native-modules.ts: compiles a native part for this machine and prints where it is.
// `i2c`: the folder that holds `<node version>/linux/<arch>/i2c.node`. `board`: the path of board.node.
import { dirname } from 'node:path';
import { compileBoardAddon, compileI2cAddon } from './compile-addon.ts';
import { runtimePackage } from './runtime-package.ts';
import { hostTarget } from './targets.ts';

try {
  const target = hostTarget();
  const runtime = await runtimePackage(target);
  if (process.argv[2] === 'board') console.log(await compileBoardAddon(target, runtime));
  else console.log(dirname(dirname(dirname(dirname(await compileI2cAddon(target, runtime))))));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
