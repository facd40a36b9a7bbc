// scripts/flash: puts the agent into an image of an operating system, or onto a card.
import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT } from './build/paths.ts';
import { BATCH_BYTES_LIMIT, readBatch } from './flashing/batch-list.ts';
import { runBoardCommand } from './flashing/board-command.ts';
import { BoardError } from './flashing/board-error.ts';
import { flashBatch } from './flashing/flash-batch.ts';
import { flashDevice } from './flashing/flash-device.ts';
import { checkOptions, type Flashed, flashImage } from './flashing/flash-image.ts';
import { FLASH_HELP, flashArguments } from './flashing/flash-options.ts';
import { boardPayload, here, publicKeys, readText, tokenOf, wifiOf } from './flashing/inputs.ts';
import { bytesText, progressOn } from './flashing/progress.ts';

const PLATFORM = 'linux-arm64';

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const place = (path: string | undefined): string | undefined => (path === undefined ? undefined : here(path));

function tell({ out, bytes, alias, notes }: Flashed): void {
  console.log(`${out}  ${alias}  ${bytesText(bytes)}, read back and compared`);
  for (const note of notes) console.log(`  ${note}`);
}

async function main(args: string[], signal: AbortSignal): Promise<void> {
  const given = flashArguments(args);
  if (given === undefined) return console.log(FLASH_HELP);
  const { json } = given;
  const image = here(given.image);
  if (!existsSync(image)) throw new BoardError('NOT_AN_IMAGE', `there is no image ${image}`);
  const boards =
    given.many === undefined ? undefined : readBatch(readText('--many', here(given.many), BATCH_BYTES_LIMIT));
  // What may be wrong is found before the agent is built.
  const token =
    boards === undefined ? await tokenOf({ token: given.token, file: fileOf(given['token-file']) }) : '';
  const wifi = await wifiOf({
    ssid: given.wifi,
    file: place(given['wifi-password-file']),
    open: given['wifi-open'],
    country: given['wifi-country'],
  });
  const settings = {
    hostname: given.hostname,
    wifi,
    sshKey: given['ssh-key'] === undefined ? undefined : publicKeys(here(given['ssh-key'])),
    keepSerialConsole: given['serial-console'],
  };
  checkOptions({ ...settings, token: boards?.[0]?.token ?? token });
  const payload = await boardPayload({
    platform: PLATFORM,
    executable: place(given.executable),
    version: given.version,
    outfile: join(ROOT, 'dist', `perch-agent-${PLATFORM}`),
    say,
  });
  const { force } = given;
  const common = { image, payload, ...settings, force, progress: progressOn(process.stderr), signal };
  const results: Flashed[] = [];
  if (boards !== undefined && given.out !== undefined) {
    const begin = ({ name }: { name: string }, index: number, done: boolean): void =>
      say(`${index + 1} of ${boards.length}: ${name}${done ? ' is there already' : ''}`);
    results.push(...(await flashBatch({ ...common, boards, folder: here(given.out), begin })));
  } else if (given.device !== undefined) {
    const { device, yes, 'force-device': forceDevice } = given;
    results.push(await flashDevice({ ...common, token, device, yes, forceDevice, work: here(given.work) }));
  } else if (given.out !== undefined) {
    results.push(await flashImage({ ...common, token, out: outOf(here(given.out), image) }));
  }
  if (json) console.log(JSON.stringify(results, null, 2));
  else for (const result of results) tell(result);
}

const fileOf = (path: string | undefined): string | undefined => (path === '-' ? path : place(path));

/** A folder gets an image of the same name. */
const outOf = (out: string, image: string): string =>
  existsSync(out) && statSync(out).isDirectory() ? join(out, basename(image).replace(/\.xz$/, '')) : out;

await runBoardCommand('flash', main);
