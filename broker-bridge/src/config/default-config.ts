/**
 * The config of a board that nobody wrote one for: load, memory, disk and uptime, and every chip that the kernel
 * already reads. `period` is a duration such as "10s".
 */
export function defaultConfigText(period: string): string {
  const config = {
    period,
    sensors: [
      { id: 'sys', driver: 'sysfs', proc: ['load', 'memory', 'disk', 'uptime'] },
      { id: 'temps', driver: 'sysfs', discover: ['hwmon', 'thermal', 'iio'] },
    ],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

export const DEFAULT_CONFIG_TEXT = defaultConfigText('10s');
