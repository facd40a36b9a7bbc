import type { Plugin } from 'esbuild';

type LeftOut = {
  /** What the import statement says. */
  path: RegExp;
  /** The file that imports it. */
  importer: RegExp;
  /** Said when the executable reaches it after all. */
  reason: string;
};

/** Parts of libraries that the agent never reaches, or must not. */
const LEFT_OUT: readonly LeftOut[] = [
  {
    path: /^\.\/(ws|wx|ali|socks)$/,
    importer: /\/mqtt\/build\/lib\/connect\/\w+\.js$/,
    reason: 'the agent speaks mqtt:// and mqtts:// only',
  },
  {
    path: /^worker-timers$/,
    importer: /\/mqtt\/build\/lib\/get-timer\.js$/,
    reason: 'worker timers are for browsers',
  },
  {
    path: /^\.\/(darwin|win32)$/,
    importer: /\/@serialport\/bindings-cpp\/dist\/index\.js$/,
    reason: 'the agent runs on Linux',
  },
  // A native parser, which cbor-x does without. What comes from the broker is parsed by JavaScript.
  {
    path: /^cbor-extract$/,
    importer: /\/cbor-x\//,
    reason: 'the native part of cbor-x is left out',
  },
];

/**
 * Modules required without being used stay quiet (an empty object whose members are missing); cbor-x wants its
 * optional part to fail when it is loaded.
 */
const contents = ({ path, reason }: LeftOut): string =>
  path.test('cbor-extract')
    ? `throw new Error(${JSON.stringify(reason)});`
    : `const absent = () => { throw new Error(${JSON.stringify(reason)}); };
module.exports = { default: absent, streamBuilder: absent, setInterval: absent, clearInterval: absent };`;

/** esbuild plugin: leaves out what the agent does not use of its libraries. */
export const leanPlugin: Plugin = {
  name: 'perch-lean',
  setup(build) {
    LEFT_OUT.forEach((part, index) => {
      build.onResolve({ filter: part.path }, ({ importer }) =>
        part.importer.test(importer) ? { path: String(index), namespace: 'perch-left-out' } : undefined,
      );
    });
    build.onLoad({ filter: /.*/, namespace: 'perch-left-out' }, ({ path }) => ({
      contents: contents(LEFT_OUT[Number(path)]!),
      loader: 'js',
    }));
  },
};
