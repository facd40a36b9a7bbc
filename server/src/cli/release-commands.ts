import { resolve } from 'node:path';
import type { CliCommand, Input } from './command-line.ts';
import { perform } from './perform.ts';
import { printJson, say } from './print.ts';
import { progressBar } from './progress-bar.ts';
import { colour, sizeText, table, timeText } from './text.ts';
import { UsageError } from './usage-error.ts';

const MAY_REPLACE = {
  type: 'string',
  value: 'N',
  help: 'let boards go back to it from newer releases, up to release N',
} as const;

function mayReplaceOf(input: Input): number | undefined {
  const text = input.text('may-replace');
  if (text === undefined) return undefined;
  if (!/^[1-9][0-9]{0,11}$/.test(text))
    throw new UsageError(`--may-replace ${text}: write the number of a release, as release list shows it`);
  return Number(text);
}

const publish: CliCommand = {
  words: 'release publish',
  positionals: ['[FILE...]'],
  summary: 'Make an executable the one that the boards of its platform run',
  help: `
Signs FILE with the key that is on this server and offers it to every board of the platform that runs another version, at
once; with --hold, or once there was a rollout, only a rollout does (perch-server rollout create --help). Publish what your
boards run already as well: then what comes next travels as a patch of kilobytes.
With --targets the signatures come from elsewhere: perch-server release sign wrote them, and FILE... are the executables
that they name and that this server does not have yet.

Examples:
  perch-server release publish dist/perch-agent-linux-arm64 --platform linux-arm64 --version 0.2.0
  perch-server release publish --targets targets.json perch-agent-linux-arm64 perch-agent-linux-x64`,
  options: {
    platform: { type: 'string', value: 'NAME', help: 'linux-x64, linux-arm64 or linux-armv7' },
    version: { type: 'string', value: 'VERSION', help: 'such as 0.2.0; each build needs one of its own' },
    'may-replace': MAY_REPLACE,
    hold: { type: 'boolean', help: 'offer it to no board: a rollout will' },
    targets: { type: 'string', value: 'FILE', help: 'publish what these signed targets name' },
  },
  run: (input) => (input.text('targets') === undefined ? publishHere(input) : publishSigned(input)),
};

async function publishHere(input: Input): Promise<number> {
  const [platform, version] = [input.text('platform'), input.text('version')];
  const [file, extra] = input.positionals;
  if (file === undefined || extra !== undefined)
    throw new UsageError('release publish needs one FILE, or --targets FILE');
  if (platform === undefined || version === undefined)
    throw new UsageError('release publish needs --platform NAME and --version VERSION');
  const mayReplace = mayReplaceOf(input);
  const bar = progressBar('Copying');
  const result = await perform(
    input.place,
    'releasePublish',
    {
      ...{ platform, version, file: resolve(file), hold: input.flag('hold') },
      ...(mayReplace === undefined ? {} : { mayReplace }),
    },
    bar.show,
  ).finally(bar.end);
  if (input.json) return printJson(result);
  const { release, published, wanted } = result;
  console.log(
    published
      ? `${release.version} for ${release.platform} is published as release ${release.sequence}: ${sizeText(release.length)}.`
      : `This very file is published as ${release.version} for ${release.platform} already (release ${release.sequence}); ${
          mayReplace === undefined ? 'nothing changed' : `it may replace releases up to ${mayReplace} now`
        }.`,
  );
  if (!wanted)
    say(`Boards do not get it by themselves; perch-server rollout create ${version} brings it to them.`);
  return 0;
}

async function publishSigned(input: Input): Promise<number> {
  for (const name of ['platform', 'version', 'may-replace'])
    if (input.text(name) !== undefined)
      throw new UsageError(`--${name} is signed already; with --targets only files are named`);
  const bar = progressBar('Copying');
  const result = await perform(
    input.place,
    'releasePublishSigned',
    { targets: resolve(input.text('targets')!), files: input.positionals.map((file) => resolve(file)) },
    bar.show,
  ).finally(bar.end);
  if (input.json) return printJson(result);
  if (result.releases.length === 0)
    console.log('The targets are current; they name no release that is new here.');
  for (const { platform, version, sequence } of result.releases)
    console.log(`${version} for ${platform} is published as release ${sequence}.`);
  return 0;
}

const sign: CliCommand = {
  here: true,
  words: 'release sign',
  positionals: ['[FILE...]'],
  summary: 'Sign executables on a machine without the server',
  help: `
Adds each FILE to targets.json in the folder with the targets key. Take that file and the executables to the server then:
perch-server release publish --targets. Without FILE the targets only get a new date, as they are good for a year.

Examples:
  perch-server release sign --offline keys --version 0.2.0 perch-agent-linux-arm64 perch-agent-linux-x64
  perch-server release sign --offline keys`,
  options: {
    offline: { type: 'string', value: 'DIR', help: 'folder with the targets key and targets.json' },
    version: { type: 'string', value: 'VERSION', help: 'of the executables, such as 0.2.0' },
    'may-replace': MAY_REPLACE,
  },
  async run(input) {
    const [folder, version] = [input.text('offline'), input.text('version')];
    if (folder === undefined) throw new UsageError('release sign needs --offline DIR');
    const files = input.positionals.map((file) => resolve(file));
    if (files.length > 0 && version === undefined)
      throw new UsageError('release sign needs --version VERSION');
    const { signReleases } = await import('../releases/sign-offline.ts');
    const { targets, releases } = await signReleases({
      ...{ folder: resolve(folder), version, files },
      ...{ mayReplace: mayReplaceOf(input), now: Date.now() },
    });
    if (input.json) return printJson({ version: targets.version, expires: targets.expires, releases });
    for (const each of releases)
      console.log(`${each.version} for ${each.platform} is signed as release ${each.sequence}.`);
    say(`targets.json is version ${targets.version} now, good until ${timeText(targets.expires)}.`);
    return 0;
  },
};

const list: CliCommand = {
  words: 'release list',
  positionals: [],
  summary: 'List the published releases',
  help: `
The release marked "wanted" is the one that boards of its platform get.

Example:
  perch-server release list --platform linux-arm64`,
  options: {
    platform: { type: 'string', value: 'NAME', help: 'only this platform' },
  },
  async run(input) {
    const platform = input.text('platform');
    const result = await perform(input.place, 'releaseList', platform === undefined ? {} : { platform });
    if (input.json) return printJson(result);
    if (result.releases.length === 0) {
      say(
        'No release is published. Publish one: perch-server release publish FILE --platform NAME --version VERSION',
      );
      return 0;
    }
    const rows = result.releases.map((release) => [
      release.platform,
      release.version,
      String(release.sequence),
      sizeText(release.length),
      timeText(release.created),
      release.wanted ? colour('green', 'wanted') : '',
    ]);
    console.log(table(['PLATFORM', 'VERSION', 'RELEASE', 'SIZE', 'PUBLISHED', ' '], rows));
    return 0;
  },
};

export const RELEASE_COMMANDS: CliCommand[] = [publish, sign, list];
