import { BoardError } from './board-error.ts';
import { BOARD_SETTINGS, withCommandLine, withSettings } from './config-txt.ts';
import type { Ext4 } from './ext4.ts';
import type { Fat } from './fat.ts';
import { withHostName } from './host-name.ts';
import { bothRoots, editFile, hasAny, type Plan, ROOT_OWNER } from './plan.ts';
import {
  INTERFACES_PATH,
  INTERFACES_TEXT,
  NETPLAN_PATH,
  netplanFile,
  networkManagerProfile,
  PROFILE_PATH,
  RFKILL_FOLDER,
  RFKILL_WIFI,
  SUPPLICANT_PATH,
  WIRELESS_STATE_PATH,
  type Wifi,
  withSupplicantNetwork,
  withWirelessOn,
} from './wifi.ts';

/** What a person may set for the first boot. */
export interface Settings {
  hostname?: string | undefined;
  wifi?: Wifi | undefined;
  /** Lines of public keys that may log in as root. */
  sshKey?: string | undefined;
  /** Leaves the kernel's console on the serial port that a sensor would use. */
  keepSerialConsole?: boolean | undefined;
}

const CLOUD_INIT_PATH = '/etc/cloud/cloud.cfg.d/99-perch.cfg';

export async function planSettings(plan: Plan, root: Ext4, settings: Settings): Promise<void> {
  const { hostname, wifi, sshKey } = settings;
  if (hostname !== undefined) {
    await editFile(plan, root, '/etc/hostname', 0o644, () => `${hostname}\n`);
    await editFile(plan, root, '/etc/hosts', 0o644, (hosts) => withHostName(hosts, hostname));
  }
  if (wifi !== undefined) await planWifi(plan, root, wifi);
  if (sshKey !== undefined) await planSsh(plan, root, sshKey);
  // cloud-init would take the name from the boot partition, and shut root's key off.
  const lines = [
    ...(hostname === undefined ? [] : ['preserve_hostname: true']),
    ...(sshKey === undefined ? [] : ['disable_root: false']),
  ];
  if (lines.length > 0 && (await hasAny(root, '/usr/bin/cloud-init')))
    plan.files.push({
      path: CLOUD_INIT_PATH,
      mode: 0o644,
      source: Buffer.from(`# cloud-init leaves alone what the card was made with.\n${lines.join('\n')}\n`),
      ...ROOT_OWNER,
    });
}

async function planSsh(plan: Plan, root: Ext4, sshKey: string): Promise<void> {
  const home = (await root.resolve('/root'))?.path ?? '/root';
  plan.folders.push({ path: `${home}/.ssh`, mode: 0o700, ...ROOT_OWNER });
  const path = `${home}/.ssh/authorized_keys`;
  const before = ((await root.text(path)) ?? '').split('\n').filter(Boolean);
  const added = sshKey.split('\n').filter((line) => line !== '' && !before.includes(line));
  const source = Buffer.from(`${[...before, ...added].join('\n')}\n`);
  plan.files.push({ path, mode: 0o600, source, ...ROOT_OWNER });
  if (!(await hasAny(root, ...bothRoots('/usr/sbin/sshd')))) {
    plan.notes.push('the image has no ssh server; the key is of use once openssh-server is installed');
    return;
  }
  // Raspberry Pi OS has ssh off until a file of that name is in the boot partition: see planBootPartition.
  if (await isRaspberryPiOs(root)) return;
  for (const unit of bothRoots('/usr/lib/systemd/system/ssh.service'))
    if (await hasAny(root, unit)) {
      plan.links.push({ path: '/etc/systemd/system/multi-user.target.wants/ssh.service', target: unit });
      return;
    }
}

const isRaspberryPiOs = (root: Ext4): Promise<boolean> =>
  hasAny(root, ...bothRoots('/usr/lib/systemd/system/sshswitch.service'));

/** @throws BoardError NO_WIFI when nothing in the image could use it */
async function planWifi(plan: Plan, root: Ext4, wifi: Wifi): Promise<void> {
  const secret = (path: string, text: string): void =>
    void plan.files.push({ path, mode: 0o600, source: Buffer.from(text), ...ROOT_OWNER });
  const has = (program: string): Promise<boolean> => hasAny(root, ...bothRoots(`/usr/sbin/${program}`));
  const supplicant = await has('wpa_supplicant');
  if (await has('NetworkManager')) {
    secret(PROFILE_PATH, networkManagerProfile(wifi));
    if (await hasAny(root, WIRELESS_STATE_PATH))
      await editFile(plan, root, WIRELESS_STATE_PATH, 0o644, withWirelessOn);
  } else if (supplicant && (await has('netplan'))) {
    secret(NETPLAN_PATH, netplanFile(wifi));
  } else if (supplicant && ((await has('ifup')) || (await has('dhcpcd')))) {
    const before = (await root.text(SUPPLICANT_PATH)) ?? '';
    secret(SUPPLICANT_PATH, withSupplicantNetwork(before, wifi));
    // dhcpcd starts the supplicant by itself.
    if (!(await has('dhcpcd')))
      plan.files.push({
        path: INTERFACES_PATH,
        mode: 0o644,
        source: Buffer.from(INTERFACES_TEXT),
        ...ROOT_OWNER,
      });
  } else
    throw new BoardError(
      'NO_WIFI',
      'the image can use no Wi-Fi: it has neither NetworkManager nor wpa_supplicant with netplan, ifupdown or dhcpcd; use a cable, or an image that has one',
    );
  if (!(await hasAny(root, RFKILL_FOLDER))) return;
  for (const { name, kind } of await root.list(RFKILL_FOLDER))
    if (kind === 'file' && name.endsWith(RFKILL_WIFI))
      await editFile(plan, root, `${RFKILL_FOLDER}/${name}`, 0o644, () => '0\n');
}

/** The firmware's settings of a Raspberry Pi; a boot partition without config.txt is no Raspberry Pi's and stays. */
export async function planBootPartition(
  plan: Plan,
  boot: Fat | undefined,
  root: Ext4,
  settings: Settings,
): Promise<void> {
  const names = await boot?.names();
  if (boot === undefined || !names?.has('config.txt')) {
    plan.notes.push(
      'no config.txt in the image, so it is no Raspberry Pi: I2C and serial ports are on as its system has them',
    );
    return;
  }
  const edit = async (name: string, change: (text: string) => string): Promise<void> => {
    const before = (await boot.read(name)).toString('latin1');
    const after = change(before);
    if (after !== before) plan.boot.push({ name, bytes: Buffer.from(after, 'latin1') });
  };
  await edit('config.txt', (text) => withSettings(text, BOARD_SETTINGS));
  if (names.has('cmdline.txt'))
    await edit('cmdline.txt', (text) =>
      withCommandLine(text, {
        keepSerialConsole: settings.keepSerialConsole ?? false,
        wifiCountry: settings.wifi?.country,
      }),
    );
  if (settings.sshKey !== undefined && (await isRaspberryPiOs(root)) && !names.has('ssh'))
    plan.boot.push({ name: 'ssh', bytes: Buffer.alloc(0) });
}
