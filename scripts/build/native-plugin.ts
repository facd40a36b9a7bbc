import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { ROOT } from './paths.ts';

const LOADER = join(ROOT, 'agent/src/native/load-addon.ts');

/** Paths of the target's addons, as compile-addon.ts gives them. */
export type Addons = { i2c: string; serial: string; board: string };

/**
 * i2c-bus and @serialport/bindings-cpp ask a helper package for their addon. In the executable that helper is this module:
 * it holds the addon's bytes and loads them from a file when it is called. Our own part comes by the same way.
 */
const helper = (name: string, addon: string): string => `
const { loadAddon } = require(${JSON.stringify(LOADER)});
const bytes = require(${JSON.stringify(addon)});
module.exports = () => loadAddon(${JSON.stringify(name)}, bytes);
`;

/** Takes the place of agent/src/native/native-modules.ts. esbuild runs a required module at the first call. */
const NATIVE_MODULES = `
export const requireI2c = () => require('i2c-bus');
export const requireSerialBinding = () => require('@serialport/bindings-cpp').LinuxBinding;
export const requireBoard = () => require('perch-board')();
`;

/** esbuild plugin: embeds the native addons of i2c-bus and @serialport/bindings-cpp, and our own. */
export function nativePlugin(addons: Addons): Plugin {
  const modules: Record<string, string> = {
    bindings: helper('i2c', addons.i2c),
    'node-gyp-build': helper('serialport', addons.serial),
    'perch-board': helper('board', addons.board),
    'native-modules': NATIVE_MODULES,
  };
  return {
    name: 'perch-native',
    setup(build) {
      build.onResolve({ filter: /^(bindings|node-gyp-build|perch-board)$/ }, ({ path }) => ({
        path,
        namespace: 'perch-native',
      }));
      build.onResolve({ filter: /\/native-modules\.ts$/ }, () => ({
        path: 'native-modules',
        namespace: 'perch-native',
      }));
      build.onLoad({ filter: /.*/, namespace: 'perch-native' }, ({ path }) => ({
        contents: modules[path] ?? '',
        resolveDir: ROOT,
        loader: 'js',
      }));
      build.onLoad({ filter: /\.node$/ }, async ({ path }) => ({
        contents: await readFile(path),
        loader: 'binary',
      }));
    },
  };
}
