// Run as a program by seal.ts, with its own HOME and TMPDIR: turns one bundle into one executable with pkg's simple
// SEA mode. pkg's command line has no way to give execArgv, so its module is called.
import pkgSea from '@yao-pkg/pkg/lib-es5/sea.js';

const { platform, arch, version, bundle, output, execArgv } = JSON.parse(process.argv[2] ?? '') as {
  platform: 'linux';
  arch: string;
  version: string;
  bundle: string;
  output: string;
  execArgv: string[];
};
const seaConfig = {
  disableExperimentalSEAWarning: true,
  useSnapshot: false,
  // The cache holds addresses of the machine and would differ from build to build.
  useCodeCache: false,
  // The name of the bundle goes into the executable: relative to pkg's own temp folder, it is the same everywhere.
  main: `../../${bundle}`,
  execArgv,
  execArgvExtension: 'none',
};
await pkgSea.default(bundle, {
  targets: [{ nodeRange: `node${version}`, platform, arch, output }],
  seaConfig,
});
