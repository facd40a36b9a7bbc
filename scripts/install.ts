// scripts/install: puts the agent onto a board that runs, over ssh.
import { join } from 'node:path';
import { ROOT } from './build/paths.ts';
import { runBoardCommand } from './flashing/board-command.ts';
import { boardPayload, here, tokenOf } from './flashing/inputs.ts';
import { progressOn } from './flashing/progress.ts';
import { type Installed, installBoard } from './installing/install-board.ts';
import { INSTALL_HELP, installArguments } from './installing/install-options.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const place = (path: string | undefined): string | undefined =>
  path === undefined || path === '-' ? path : here(path);

function tell({ host, platform, version, alias, fingerprint, accepted, notes }: Installed): void {
  console.log(`${host}  perch-agent ${version} for ${platform}${accepted ? ', accepted' : ''}`);
  if (alias !== undefined && fingerprint !== undefined)
    console.log(`  ${alias}, with the key ${fingerprint}`);
  for (const note of notes) console.log(`  ${note}`);
}

async function main(args: string[], signal: AbortSignal): Promise<void> {
  const given = installArguments(args);
  if (given === undefined) return console.log(INSTALL_HELP);
  const { host, token: word, version, waitSeconds } = given;
  const file = place(given['token-file']);
  const token = word === undefined && file === undefined ? undefined : await tokenOf({ token: word, file });
  const result = await installBoard({
    host,
    token,
    identity: place(given.identity),
    config: place(given['ssh-config']),
    enableI2c: given['enable-i2c'],
    waitSeconds,
    payloadFor: (platform) =>
      boardPayload({
        platform,
        executable: place(given.executable),
        version,
        outfile: join(ROOT, 'dist', `perch-agent-${platform}`),
        say,
      }),
    progress: progressOn(process.stderr),
    signal,
  });
  if (given.json) console.log(JSON.stringify(result, null, 2));
  else tell(result);
}

await runBoardCommand('install', main);
