import { constants, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readToken, writeToken } from '@perch/broker-bridge/enrolment.ts';
import { e2eExecutable } from '../build/e2e-executables.ts';
import { House } from '../e2e/house.ts';
import { mosquitto } from '../e2e/mosquitto.ts';
import { flashImage } from '../flashing/flash-image.ts';
import { payload } from '../package/payload.ts';
import { boardParts } from './board.ts';
import { I2cBridge } from './bus/bridge.ts';
import { SerialPlug } from './bus/serial.ts';
import { Machine, type MachineOptions } from './machine.ts';

/** Where the host is on the board's network (QEMU's user network). */
export const HOST = '10.0.2.2';

/** A house whose boards are emulated: Mosquitto and server as processes of their own on the loopback interface. */
export async function fieldHouse(t: { after(fn: () => Promise<void>): void }): Promise<House> {
  const broker = await mosquitto();
  const house = new House({ ...broker, url: (port) => `mqtt://${HOST}:${port}` });
  t.after(() => house.close());
  await house.open();
  return house;
}

export interface FieldBoardOptions extends Partial<Pick<MachineOptions, 'append' | 'clock' | 'onConsole'>> {
  /** Image that is flashed; that of the small board if not said. */
  image?: string;
  /** Version of the agent that is flashed. */
  version?: string;
  /** With a secret the server lets the board in by itself. */
  secret?: boolean;
}

/** A flashed board of that house, switched off, with its I2C bridge and what is on its serial ports. */
export class FieldBoard {
  readonly alias: string;
  readonly house: House;
  readonly machine: Machine;
  readonly bridge = new I2cBridge();
  readonly uart: SerialPlug;
  readonly usb: SerialPlug;
  readonly #folder: string;

  private constructor(alias: string, house: House, machine: Machine, folder: string) {
    this.alias = alias;
    this.house = house;
    this.machine = machine;
    this.#folder = folder;
    this.uart = new SerialPlug(machine.socket('uart'));
    this.usb = new SerialPlug(machine.socket('usb'));
  }

  /** Flashes a card for it, as a person would. */
  static async flash(house: House, alias: string, options: FieldBoardOptions = {}): Promise<FieldBoard> {
    const { version = '0.1.0', secret = true, image, ...machine } = options;
    const parts = await boardParts();
    const { token } = await house.json<{ token: string }>(
      'enroll',
      alias,
      ...(secret ? [] : ['--no-secret']),
    );
    const folder = mkdtempSync(join(tmpdir(), 'perch-card-'));
    const card = join(folder, 'card.img');
    try {
      await flashImage({
        image: image ?? parts.smallCard,
        out: card,
        token: writeToken({ ...readToken(token), broker: house.broker.url(house.wire.port) }),
        hostname: alias,
        payload: payload({
          platform: 'linux-arm64',
          version,
          executable: await e2eExecutable('linux-arm64', version),
        }),
      });
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
    const board = new Machine({ kernel: parts.kernel, initramfs: parts.initramfs, card, ...machine });
    return new FieldBoard(alias, house, board, folder);
  }

  get card(): string {
    return this.machine.options.card;
  }

  /** A copy of the card as it is now, for looking at. */
  copyCard(): string {
    const copy = join(this.#folder, 'copy.img');
    copyFileSync(this.card, copy, constants.COPYFILE_FICLONE);
    return copy;
  }

  /** Switches it on, with all that is plugged in. */
  async start(): Promise<void> {
    await this.machine.start();
    this.bridge.attach(await this.machine.connect('i2c'));
    await this.uart.plug();
    await this.usb.plug();
  }

  async cut(): Promise<void> {
    await this.machine.cut();
    await this.uart.unplug();
    await this.usb.unplug();
  }

  /** Switches it off in order and on again, as `reboot` on the board does. */
  async reboot(): Promise<void> {
    this.machine.run('reboot').catch(() => {}); // the answer goes down with the board
    await this.machine.off();
    await this.cut();
    await this.start();
  }

  async status(): Promise<Record<string, unknown>> {
    return JSON.parse(
      await this.machine.output('PERCH_STATE=/var/lib/perch perch-agent status --json'),
    ) as Record<string, unknown>;
  }

  async close(): Promise<void> {
    await this.cut();
    await this.machine.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
