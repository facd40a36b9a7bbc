import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../test/programs.ts';
import { Qmp } from './qmp.ts';
import { BoardShell } from './shell.ts';

/** Longest console that is kept, in characters: its end. */
const CONSOLE_LIMIT = 1024 * 1024;
/** Longest life of an emulated board: it ends by itself, whatever becomes of the test. */
const LIFE_SECONDS = 4 * 3600;
/** Until QEMU has made its sockets. */
const SOCKET_TIMEOUT = 20_000;

export interface MachineOptions {
  kernel: string;
  initramfs: string;
  /** Raw image of the card. It is written to. */
  card: string;
  /** MiB; that of a Raspberry Pi Zero 2 W if not said. */
  memory?: number;
  /** What the board's clock says when it is switched on: ISO 8601 without zone, UTC; the host's time if not said. */
  clock?: string;
  init?: string;
  /** Further words for the kernel. */
  append?: string;
  /** Where the console goes as well. */
  onConsole?: (text: string) => void;
}

/** Serial ports of the board by name: where they are on the board, and the socket that plays them. */
export const SERIAL_PORTS = { uart: '/dev/ttyS0', usb: '/dev/ttyUSB0' } as const;
export type SerialPort = keyof typeof SERIAL_PORTS;

/** QEMU and what it was started by. */
function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // They are gone.
  }
}

const busy = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of busy) killGroup(child);
});

/** An emulated arm64 board: QEMU without KVM, one core, a card, a network behind which the host is 10.0.2.2. */
export class Machine {
  readonly options: MachineOptions;
  readonly folder = mkdtempSync(join(tmpdir(), 'perch-rig-'));
  console = '';
  #child: ChildProcess | undefined;
  #qmp: Qmp | undefined;
  #shell: BoardShell | undefined;
  #wake = new Set<() => void>();

  constructor(options: MachineOptions) {
    this.options = options;
  }

  socket(name: string): string {
    return join(this.folder, name);
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  #arguments(): string[] {
    const { kernel, initramfs, card, memory = 512, clock, init, append = '' } = this.options;
    const chardev = (name: string): string[] => [
      '-chardev',
      `socket,id=${name},path=${this.socket(name)},server=on,wait=off`,
    ];
    return [
      ...['-M', 'virt', '-cpu', 'cortex-a72', '-smp', '1', '-m', String(memory)],
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-serial', 'stdio'],
      ...['-kernel', kernel, '-initrd', initramfs],
      ...['-append', `console=ttyAMA0 quiet panic=-1${init ? ` init=${init}` : ''} ${append}`.trim()],
      ...['-rtc', `base=${clock ?? 'utc'}`],
      ...['-drive', `file=${card},format=raw,if=none,id=card,cache=writeback`],
      ...['-device', 'virtio-blk-pci,drive=card', '-device', 'virtio-rng-pci', '-device', 'i6300esb'],
      ...['-netdev', 'user,id=net', '-device', 'virtio-net-pci,netdev=net,romfile='],
      ...['-device', 'virtio-serial-pci'],
      ...chardev('i2c'),
      ...['-device', 'virtserialport,chardev=i2c,name=rig.i2c'],
      ...chardev('shell'),
      ...['-device', 'virtserialport,chardev=shell,name=rig.shell'],
      ...chardev('uart'),
      ...['-device', 'pci-serial,chardev=uart'],
      ...['-device', 'qemu-xhci'],
      ...chardev('usb'),
      ...['-device', 'usb-serial,chardev=usb,serial=PERCH1'],
      ...['-qmp', `unix:${this.socket('qmp')},server=on,wait=off`],
    ];
  }

  /** Switches the board on. */
  async start(): Promise<void> {
    if (this.running) throw new Error('the board is on already');
    for (const name of ['i2c', 'shell', 'uart', 'usb', 'qmp']) rmSync(this.socket(name), { force: true });
    const qemu = findProgram('qemu-system-aarch64');
    if (qemu === undefined)
      throw new Error('qemu-system-aarch64 is missing; apt-get install qemu-system-arm');
    // It goes with us however we end, and by itself in the end.
    const leash = ['setpriv', '--pdeathsig', 'KILL'];
    const [program, ...words] = [...leash, 'timeout', '--signal=KILL', String(LIFE_SECONDS), ...leash, qemu];
    const child = spawn(program!, [...words, ...this.#arguments()], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#child = child;
    busy.add(child);
    child.once('close', () => {
      busy.delete(child);
      this.#tell();
    });
    this.console = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.console = (this.console + text).slice(-CONSOLE_LIMIT);
        this.options.onConsole?.(text);
        this.#tell();
      });
    this.#qmp = await Qmp.connect(await this.#ready('qmp'));
    this.#shell = new BoardShell(await this.connect('shell'));
  }

  #tell(): void {
    for (const wake of [...this.#wake]) wake();
  }

  async #ready(name: string): Promise<string> {
    const path = this.socket(name);
    const until = performance.now() + SOCKET_TIMEOUT;
    for (;;) {
      const socket = createConnection(path);
      const there = await new Promise<boolean>((resolve) => {
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      });
      socket.destroy();
      if (there) return path;
      if (!this.running || performance.now() > until)
        throw new Error(`QEMU did not start: ${this.console.slice(-2000)}`);
      await sleep(50);
    }
  }

  /** A connection to one of the board's sockets. */
  async connect(name: string): Promise<Socket> {
    const socket = createConnection(this.socket(name));
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return socket;
  }

  /** Runs a line of sh on the board, as root. */
  run(line: string, timeoutMs?: number): Promise<{ code: number; output: string }> {
    if (this.#shell === undefined) throw new Error('the board is off');
    return this.#shell.run(line, timeoutMs);
  }

  /** What a line of sh prints on the board. @throws Error with it, if its exit code is not 0 */
  async output(line: string, timeoutMs?: number): Promise<string> {
    const { code, output } = await this.run(line, timeoutMs);
    if (code !== 0) throw new Error(`on the board, ${line} ended with ${code}: ${output}`);
    return output;
  }

  /** Waits until the console has this, from its start at the last switching on. */
  async says(text: string | RegExp, timeoutMs = 120_000): Promise<void> {
    const has = (): boolean =>
      typeof text === 'string' ? this.console.includes(text) : text.test(this.console);
    const until = performance.now() + timeoutMs;
    while (!has()) {
      const left = until - performance.now();
      if (!this.running || left <= 0)
        throw new Error(
          `the board ${this.running ? `did not say within ${timeoutMs} ms` : 'went off before it said'}: ${text}\n${this.console.slice(-4000)}`,
        );
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#wake.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, left);
        this.#wake.add(wake);
      });
    }
  }

  /** Pulls the network plug, or puts it in. */
  async network(whole: boolean): Promise<void> {
    await this.#qmp!.run('set_link', { name: 'net', up: whole });
  }

  /** Takes the power away. What was not synced to the card is gone. */
  async cut(): Promise<void> {
    const child = this.#child;
    this.#qmp?.close();
    this.#shell?.close();
    if (child === undefined || !this.running) return;
    const gone = new Promise((resolve) => child.once('close', resolve));
    killGroup(child);
    await gone;
  }

  /** Waits until the board has switched itself off. */
  async off(timeoutMs = 60_000): Promise<void> {
    const until = performance.now() + timeoutMs;
    while (this.running) {
      if (performance.now() > until) throw new Error('the board does not switch itself off');
      await sleep(50);
    }
  }

  /** Takes the power and everything of the board but its card away. */
  async close(): Promise<void> {
    await this.cut();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
