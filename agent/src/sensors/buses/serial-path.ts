import { readdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SerialBusConfig } from '@perch/broker-bridge/config/schema.ts';
import { devicePath, type SensorEnvironment } from '../environment.ts';
import { SensorFault } from '../fault.ts';
import { listFolder, readText } from './sysfs.ts';

/** Levels of folders from a tty up to the USB device that carries the serial number: interface, device, hub. */
const USB_LEVELS = 4;

/** The serial number of the USB adapter behind a tty ("ttyUSB0"), or undefined. Needs no udev. */
export async function usbSerialOf(
  env: Pick<SensorEnvironment, 'sysRoot'>,
  tty: string,
): Promise<string | undefined> {
  let folder = await realpath(join(env.sysRoot, 'class/tty', tty, 'device')).catch(() => undefined);
  for (let level = 0; folder !== undefined && level < USB_LEVELS; level++) {
    const serial = await readText(join(folder, 'serial')).catch(() => '');
    if (serial !== '') return serial;
    folder = dirname(folder);
  }
  return undefined;
}

/** The device file of a serial bus now. Throws `unplugged` if there is none, `missing` if two adapters fit. */
export async function serialPath(env: SensorEnvironment, config: SerialBusConfig): Promise<string> {
  if (config.path !== undefined) return devicePath(env, config.path);
  const { byId, usbSerial } = config.match ?? {};
  if (byId !== undefined) return devicePath(env, `/dev/serial/by-id/${byId}`);
  const fitting: string[] = [];
  for (const tty of await listFolder(join(env.sysRoot, 'class/tty')))
    if (/^tty(USB|ACM)[0-9]+$/.test(tty) && (await usbSerialOf(env, tty)) === usbSerial) fitting.push(tty);
  if (fitting.length > 1)
    throw new SensorFault(
      'missing',
      `${fitting.length} ports have the USB serial number ${usbSerial}; use "byId"`,
    );
  if (!fitting[0]) throw new SensorFault('unplugged', `no adapter with the USB serial number ${usbSerial}`);
  return devicePath(env, `/dev/${fitting[0]}`);
}

/** A serial port that exists, with its names. */
export type SerialPortFound = { path: string; byId?: string; usbSerial?: string };

/** The machine's serial ports: USB, ACM, AMA and those ttyS that have a device behind them. */
export async function listSerialPorts(env: SensorEnvironment): Promise<SerialPortFound[]> {
  const links = new Map<string, string>();
  for (const name of await readdir(devicePath(env, '/dev/serial/by-id')).catch(() => [] as string[])) {
    const target = await realpath(devicePath(env, `/dev/serial/by-id/${name}`)).catch(() => undefined);
    if (target !== undefined) links.set(target, name);
  }
  const names = (await listFolder(devicePath(env, '/dev'))).filter((name) =>
    /^tty(USB|ACM|AMA|S)[0-9]+$/.test(name),
  );
  const ports: SerialPortFound[] = [];
  for (const name of names) {
    // The 8250 driver makes ttyS files for ports that do not exist; those say type 0 (PORT_UNKNOWN).
    if (
      name.startsWith('ttyS') &&
      (await readText(join(env.sysRoot, 'class/tty', name, 'type')).catch(() => '')) === '0'
    )
      continue;
    const file = devicePath(env, `/dev/${name}`);
    const byId = links.get(await realpath(file).catch(() => file));
    const usbSerial = await usbSerialOf(env, name);
    ports.push({
      path: `/dev/${name}`,
      ...(byId === undefined ? {} : { byId }),
      ...(usbSerial === undefined ? {} : { usbSerial }),
    });
  }
  return ports;
}
