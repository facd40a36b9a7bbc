import type { RemoteServer } from '../remote/call-remote.ts';
import { UsageError } from './usage-error.ts';
import { readInput } from './values.ts';

/** Where a command is done: a data folder of this machine, or a server that is reached by its API. */
export type Place = string | RemoteServer;

/** Longest token file in bytes. */
const TOKEN_LIMIT = 4096;

/** @throws UsageError for options that do not go together, and without a token */
export function placeOf(given: {
  data: string | undefined;
  server: string | undefined;
  tokenFile: string | undefined;
  dataDir: string;
  env: NodeJS.ProcessEnv;
}): Place {
  const { data, tokenFile, dataDir, env } = given;
  if (given.server !== undefined && data !== undefined)
    throw new UsageError('--data is a folder of this machine and --server is elsewhere: give one of them');
  // A folder that is named on the command line is meant, whatever the environment says.
  const server = given.server ?? (data === undefined ? env.PERCH_SERVER || undefined : undefined);
  if (server === undefined) {
    if (tokenFile !== undefined) throw new UsageError('--token-file is for a server that --server names');
    return dataDir;
  }
  const url = addressOf(server);
  const token = (
    tokenFile === undefined ? (env.PERCH_TOKEN ?? '') : readInput(tokenFile, TOKEN_LIMIT)
  ).trim();
  if (token === '')
    throw new UsageError(
      `a token is needed for ${url}: put it into PERCH_TOKEN, or into a file for --token-file; an admin makes one: perch-server token add NAME --scope read`,
    );
  return { url, token };
}

function addressOf(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new UsageError(`--server ${text}: write it such as https://perch.example.org`);
  }
  if (!/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '')
    throw new UsageError(
      `--server ${url.origin}: only http:// and https:// without a name, and a token in PERCH_TOKEN`,
    );
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
