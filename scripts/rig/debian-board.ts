import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../e2e/processes.ts';
import type { MadePackage } from '../package/make-packages.ts';
import { UNIT } from '../package/payload.ts';
import { type FieldBoard, HOST } from './field.ts';

/** Until systemd has ended all that runs, on an emulated processor that others share, in ms. */
const REBOOT_LIMIT = 300_000;
/** Until the agent of a board that boots is let in by the server, in ms: all of a Debian starts before it. */
const BOOT_LIMIT = 400_000;
const APT_LIMIT = 400_000;
/** Between two looks at the board, in ms: each takes of its processor's time. */
const LOOK_MS = 1_000;

const IN = 'the server lets this board in';

/** A board of the field whose card has a Debian with systemd. */
export class DebianBoard {
  readonly field: FieldBoard;

  constructor(field: FieldBoard) {
    this.field = field;
  }

  output(line: string, timeoutMs?: number): Promise<string> {
    return this.field.machine.output(line, timeoutMs).then((text) => text.trim());
  }

  /** Properties of the agent's unit, as `systemctl show` has them. */
  async unit(...names: string[]): Promise<Record<string, string>> {
    const text = await this.output(`systemctl show ${UNIT} --property=${names.join(',')}`);
    return Object.fromEntries(
      text.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  }

  /** Switches it on and waits until the server lets it in. */
  async start(): Promise<void> {
    await this.field.start();
    await this.field.machine.says(IN, BOOT_LIMIT);
  }

  /** Waits until systemd has started all that it starts. @returns running, or what is wrong */
  async settled(): Promise<string> {
    const { output } = await this.field.machine.run('systemctl is-system-running --wait', BOOT_LIMIT);
    return output.trim();
  }

  /** `systemctl reboot`, until the server lets it in again. */
  async reboot(): Promise<void> {
    this.field.machine.run('systemctl reboot').catch(() => {}); // the answer goes down with the board
    await this.goneOff(REBOOT_LIMIT);
    await this.start();
  }

  /** Waits until the board has been reset, which switches an emulated one off. */
  async goneOff(timeoutMs: number): Promise<void> {
    await this.field.machine.off(timeoutMs);
    await this.field.cut();
  }

  /** Waits until another process than this one is the agent. */
  async untilOtherThan(pid: string, timeoutMs: number): Promise<void> {
    await until(
      async () => {
        await sleep(LOOK_MS);
        const now = (await this.field.machine.run('pidof perch-agent')).output.trim();
        return now !== '' && now !== pid;
      },
      'another process of the agent',
      timeoutMs,
    );
  }

  /** Runs apt-get with the archive at this port of the host as its only one. */
  apt(port: number, ...words: string[]): Promise<string> {
    const list = `deb [trusted=yes] http://${HOST}:${port} ./`;
    const options =
      '-o Dir::Etc::sourcelist=/run/perch.list -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0';
    return this.output(
      `export DEBIAN_FRONTEND=noninteractive; echo '${list}' >/run/perch.list; apt-get ${options} update && apt-get ${options} --yes ${words.join(' ')}`,
      APT_LIMIT,
    );
  }
}

/** Serves a package as an archive of Debian's that has nothing else. @returns its port on the loopback interface */
export async function serveArchive(
  t: { after(fn: () => void): void },
  { path, bytes, sha256 }: MadePackage,
): Promise<number> {
  const name = basename(path);
  const control = execFileSync('dpkg-deb', ['--field', path], { encoding: 'utf8' });
  const index = `${control}Filename: ./${name}\nSize: ${bytes}\nSHA256: ${sha256}\n`;
  const server = createServer(({ url }, answer) => {
    if (url?.endsWith('/Packages')) answer.end(index);
    else if (url?.endsWith(`/${name}`)) createReadStream(path).pipe(answer);
    else answer.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.closeAllConnections());
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}
