import type { I2cBridge } from '../rig/bus/bridge.ts';
import { HOST_CLOCK, simOf } from '../rig/bus/chips.ts';

/** A kernel driver for each chip, and the module that it is in. */
const HWMON = {
  tmp102: { type: 'tmp102', module: 'tmp102' },
  lm75: { type: 'lm75', module: 'lm75' },
  mcp9808: { type: 'jc42', module: 'jc42' },
} as const;

/** Ten thermometers on one bus, in the order in which the kernel is told of them. */
export const THERMOMETERS: readonly { driver: keyof typeof HWMON; address: number }[] = [
  ...[0x48, 0x49, 0x4a, 0x4b].map((address) => ({ driver: 'tmp102' as const, address })),
  ...[0x4c, 0x4d, 0x4e, 0x4f].map((address) => ({ driver: 'lm75' as const, address })),
  ...[0x18, 0x19].map((address) => ({ driver: 'mcp9808' as const, address })),
];

/** Modules of the kernel that drive them. */
export const HWMON_MODULES = Object.values(HWMON).map(({ module }) => module);

/** A word for the kernel's command line: the kernel is to drive the thermometers. */
export const HWMON_WORD = 'bench.hwmon';
/** Where the modules and their order are on the card. */
export const MODULES_FOLDER = '/usr/lib/bench-modules';

const hexOf = (address: number): string => `0x${address.toString(16)}`;
/** As the kernel calls what is at an address of its first bus. */
const deviceOf = (address: number): string => `0-${address.toString(16).padStart(4, '0')}`;
const ADAPTER = '/sys/bus/i2c/devices/i2c-0';

/** Puts them on the board's bus. */
export function plugThermometers(bridge: I2cBridge): void {
  for (const { driver, address } of THERMOMETERS) bridge.chips.set(address, simOf(driver).chip(HOST_CLOCK));
}

/**
 * What the board does before anything that is measured starts, as a device tree would have it done: waits for the bus and,
 * with HWMON_WORD, gives the thermometers to the kernel.
 */
export const SENSORS_SCRIPT = [
  'tries=600',
  `while [ ! -e ${ADAPTER} ] && [ "$tries" -gt 0 ]; do`,
  '  sleep 0.1',
  '  tries=$((tries - 1))',
  'done',
  `case $(cat /proc/cmdline) in *${HWMON_WORD}*)`,
  `  while read -r module; do insmod ${MODULES_FOLDER}/$module; done <${MODULES_FOLDER}/order`,
  // Some drivers have looked over the bus by themselves.
  ...THERMOMETERS.map(
    ({ driver, address }) =>
      `  [ -e /sys/bus/i2c/devices/${deviceOf(address)} ] || echo ${HWMON[driver].type} ${hexOf(address)} >${ADAPTER}/new_device`,
  ),
  '  ;;',
  'esac',
  '',
].join('\n');

/** The agent's config: its own I2C drivers, once a second. */
export const i2cConfig = (): object => ({
  period: '1s',
  buses: { i2c: { type: 'i2c', path: '/dev/i2c-0' } },
  sensors: THERMOMETERS.map(({ driver, address }, index) => ({
    id: `t${index}`,
    driver,
    bus: 'i2c',
    address: hexOf(address),
  })),
});

/** The agent's config: what the kernel reads, as the others do. */
export const hwmonConfig = (): object => ({
  period: '1s',
  sensors: THERMOMETERS.map(({ driver, address }, index) => ({
    id: `t${index}`,
    driver: 'sysfs',
    match: { hwmon: HWMON[driver].type, device: deviceOf(address) },
    file: 'temp1_input',
    scale: 0.001,
    unit: 'Cel',
  })),
});
