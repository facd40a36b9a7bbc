/** A line of the firmware's config.txt, and the models it holds for: `all`, or a filter such as `pi5`. */
export interface Setting {
  filter: string;
  key: string;
  /** For a parameter of the device tree: its name; the line is `dtparam=NAME=VALUE`. */
  parameter?: string;
  value: string;
}

const parameter = (name: string, value: string, filter = 'all'): Setting => ({
  filter,
  key: 'dtparam',
  parameter: name,
  value,
});

/** Turns the I2C bus on pins 3 and 5 on. */
export const I2C_SETTINGS: readonly Setting[] = [parameter('i2c_arm', 'on')];

/**
 * What a Raspberry Pi needs for its sensors, and the hardware watchdog. On a Pi 5 enable_uart is about the debug
 * connector; the serial port on pins 8 and 10 is the parameter uart0 there.
 */
export const BOARD_SETTINGS: readonly Setting[] = [
  ...I2C_SETTINGS,
  { filter: 'all', key: 'enable_uart', value: '1' },
  parameter('watchdog', 'on'),
  parameter('uart0', 'on', 'pi5'),
];

/** Other names of parameters, and other words for on. */
const SAME_PARAMETERS: Record<string, string> = { i2c: 'i2c_arm', i2c1: 'i2c_arm', arm_i2c: 'i2c_arm' };
const ON = ['on', 'yes', 'true', '1'];
const NOTE = '# For the sensors of the Perch agent';

const lineOf = ({ key, parameter, value }: Setting): string =>
  parameter === undefined ? `${key}=${value}` : `${key}=${parameter}=${value}`;

/** What is set by the file under a filter; the last line that says it counts. */
function settingsIn(lines: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  let filter = 'all';
  for (const raw of lines) {
    const line = raw.replace(/#.*$/, '').trim();
    const section = /^\[(.+)\]$/.exec(line);
    if (section !== null) {
      filter = section[1]!.trim().toLowerCase();
      continue;
    }
    const [, key, value] = /^([A-Za-z0-9_]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) continue;
    if (key !== 'dtparam') {
      found.set(`${filter} ${key}`, value);
      continue;
    }
    // One line may have several: i2c_arm=on,spi=on. A name alone is on.
    for (const part of value.split(',')) {
      const [name = '', word = 'on'] = part.split('=').map((text) => text.trim());
      found.set(`${filter} dtparam ${SAME_PARAMETERS[name] ?? name}`, ON.includes(word) ? 'on' : word);
    }
  }
  return found;
}

/**
 * config.txt with the settings that it lacks, at its end, each under its filter; the same text when it lacks none. Pure.
 * Lines that are there stay, so a setting of the same name that says otherwise is overruled, as the last one counts.
 */
export function withSettings(text: string, settings: readonly Setting[]): string {
  const lines = text.split('\n');
  const present = settingsIn(lines);
  const missing = settings.filter(({ filter, key, parameter, value }) => {
    const name = parameter === undefined ? `${filter} ${key}` : `${filter} ${key} ${parameter}`;
    return present.get(name) !== value;
  });
  if (missing.length === 0) return text;
  const added = ['', NOTE];
  let filter = '';
  // A parameter after `dtoverlay=NAME` belongs to that overlay until an empty `dtoverlay=`.
  const overlays = lines.some((line) => /^\s*dtoverlay\s*=\s*\S/.test(line));
  for (const setting of missing.toSorted((a, b) => rank(a) - rank(b))) {
    if (setting.filter !== filter) {
      filter = setting.filter;
      added.push(`[${filter}]`);
      if (overlays) added.push('dtoverlay=');
    }
    added.push(lineOf(setting));
  }
  if (filter !== 'all') added.push('[all]');
  return `${text.replace(/\n*$/, '')}\n${added.join('\n')}\n`;
}

const rank = ({ filter }: Setting): number => (filter === 'all' ? 0 : 1);

/** Consoles of the kernel on a serial port: Raspberry Pi's alias, and the ports behind it. */
const SERIAL_CONSOLE = /^console=(serial\d|ttyAMA\d+|ttyS\d+)(,|$)/;

/**
 * The kernel's command line (cmdline.txt) without a console on a serial port, unless that is its only one, and with the
 * Wi-Fi's country. Everything else stays, above all the `init=` with which Raspberry Pi OS grows its root. Pure.
 */
export function withCommandLine(
  text: string,
  options: { keepSerialConsole?: boolean; wifiCountry?: string | undefined },
): string {
  // The firmware reads no more than the first line.
  const [first = '', ...others] = text.split('\n');
  let words = first.trim().split(/\s+/).filter(Boolean);
  const consoles = words.filter((word) => word.startsWith('console='));
  if (!options.keepSerialConsole && consoles.some((word) => !SERIAL_CONSOLE.test(word)))
    words = words.filter((word) => !SERIAL_CONSOLE.test(word));
  if (options.wifiCountry !== undefined) {
    const domain = 'cfg80211.ieee80211_regdom=';
    words = [...words.filter((word) => !word.startsWith(domain)), `${domain}${options.wifiCountry}`];
  }
  if (words.join(' ') === first.trim()) return text;
  return [words.join(' '), ...(others.length === 0 ? [''] : others)].join('\n');
}
