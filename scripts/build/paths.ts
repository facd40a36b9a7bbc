import { join, resolve } from 'node:path';

/** Root folder of the repository. */
export const ROOT = resolve(import.meta.dirname, '../..');
export const MODULES = join(ROOT, 'node_modules');
/** What can be made again: compiled addons, runtimes, the executables of the tests. `npm ci` empties it. */
export const CACHE = join(MODULES, '.cache', 'perch');
