import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';
import { compiledSchemas } from './compiled-schemas.ts';

/** esbuild plugin: puts the checks of configs into the executable as code, in place of the schema compiler. */
export const schemasPlugin: Plugin = {
  name: 'perch-schemas',
  setup(build) {
    build.onLoad({ filter: /\/config\/compiled-schemas\.ts$/ }, ({ path }) => ({
      contents: compiledSchemas(),
      loader: 'js',
      resolveDir: dirname(path),
    }));
  },
};
