export const PLATFORMS = ['linux-arm64', 'linux-armv7', 'linux-x64'] as const;

/** What a file's name says of a release: perch-agent-0.3.0-linux-arm64. Pure. */
export function guessOf(name: string): { platform?: string; version?: string } {
  const platform = PLATFORMS.find((each) => name.includes(each));
  const version = /(?<![\d.])\d+\.\d+\.\d+(?:-[0-9a-z]+(?:\.[0-9a-z]+)*)?(?=$|[-_.])/.exec(
    name.replace(platform ?? '', ''),
  )?.[0];
  return { ...(platform === undefined ? {} : { platform }), ...(version === undefined ? {} : { version }) };
}
