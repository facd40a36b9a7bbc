import { createHash } from 'node:crypto';
import { BoardError } from './board-error.ts';

export interface Wifi {
  ssid: string;
  /** Empty for an open network. */
  passphrase: string;
  /** ISO 3166 code of two letters; without it the radio keeps to what every country allows. */
  country?: string | undefined;
}

/** Longest name of a network in bytes (IEEE 802.11, section 9.4.2.2). */
export const SSID_LIMIT = 32;

/** @throws BoardError BAD_OPTION for what no network can have; the passphrase is not repeated */
export function checkWifi({ ssid, passphrase, country }: Wifi): void {
  const bad = (what: string): BoardError => new BoardError('BAD_OPTION', what);
  const bytes = Buffer.byteLength(ssid);
  if (bytes < 1 || bytes > SSID_LIMIT || /[\0-\x1f\x7f]/.test(ssid))
    throw bad(`--wifi: the name of a network has 1 to ${SSID_LIMIT} bytes and no control characters`);
  const isKey = /^[0-9A-Fa-f]{64}$/.test(passphrase);
  if (passphrase !== '' && !isKey && !/^[\x20-\x7e]{8,63}$/.test(passphrase))
    throw bad('the Wi-Fi passphrase must have 8 to 63 printable ASCII characters (or 64 hex digits)');
  if (country !== undefined && !/^[A-Z]{2}$/.test(country))
    throw bad(`--wifi-country ${JSON.stringify(country)}: give two capitals, such as DE or GB`);
}

/** Values of GLib's key files: a backslash starts an escape, and leading spaces would be lost. */
const keyFileValue = (text: string): string => text.replaceAll('\\', '\\\\').replace(/^ /, '\\s');

/** A list of bytes is the one form of an SSID that takes everything; `;` would part a plain one, and digits be one byte. */
const ssidValue = (ssid: string): string =>
  /^[A-Za-z0-9 ._-]+$/.test(ssid) && /[A-Za-z]/.test(ssid) && ssid.trim() === ssid
    ? ssid
    : [...Buffer.from(ssid)].map((byte) => `${byte};`).join('');

/** The same UUID for the same network, so that a second flash is the same profile (RFC 9562, section 5.8, version 8). */
function uuidOf(ssid: string): string {
  const bytes = createHash('sha256').update(`perch wifi ${ssid}`).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Where NetworkManager's profile of this tool lies. */
export const PROFILE_PATH = '/etc/NetworkManager/system-connections/perch-wifi.nmconnection';

/** A profile for NetworkManager (nm-settings-keyfile(5)). It holds the passphrase: mode 0600. Pure. */
export function networkManagerProfile(wifi: Wifi): string {
  const security =
    wifi.passphrase === ''
      ? ''
      : `\n[wifi-security]\nkey-mgmt=wpa-psk\npsk=${keyFileValue(wifi.passphrase)}\n`;
  return `[connection]
id=perch-wifi
uuid=${uuidOf(wifi.ssid)}
type=wifi
autoconnect=true

[wifi]
mode=infrastructure
ssid=${ssidValue(wifi.ssid)}
${security}
[ipv4]
method=auto

[ipv6]
method=auto
`;
}

/** NetworkManager keeps here that Wi-Fi is off; Raspberry Pi OS comes so, until a country is set. */
export const WIRELESS_STATE_PATH = '/var/lib/NetworkManager/NetworkManager.state';
export const withWirelessOn = (state: string): string =>
  state.replace(/^WirelessEnabled=.*$/m, 'WirelessEnabled=true');

/** systemd-rfkill(8) keeps one file for each radio, `1` for a blocked one; those of Wi-Fi end so. */
export const RFKILL_FOLDER = '/var/lib/systemd/rfkill';
export const RFKILL_WIFI = ':wlan';

export const SUPPLICANT_PATH = '/etc/wpa_supplicant/wpa_supplicant.conf';

/** A network of wpa_supplicant.conf(5). The SSID in hex takes every byte; the passphrase is ASCII between quotation marks. */
function supplicantNetwork({ ssid, passphrase }: Wifi): string {
  const key =
    passphrase === ''
      ? 'key_mgmt=NONE'
      : passphrase.length === 64
        ? `psk=${passphrase}`
        : `psk="${passphrase}"`;
  return `network={\n\tssid=${Buffer.from(ssid).toString('hex')}\n\t${key}\n}\n`;
}

/** wpa_supplicant's file with this network and no other of that name; other networks and settings stay. Pure. */
export function withSupplicantNetwork(text: string, wifi: Wifi): string {
  const ssid = Buffer.from(wifi.ssid).toString('hex');
  const head = text === '' ? 'ctrl_interface=DIR=/run/wpa_supplicant GROUP=netdev\nupdate_config=1\n' : text;
  const others = head
    .replace(/^network=\{\n[\s\S]*?\n\}\n?/gm, (block) => (block.includes(`ssid=${ssid}\n`) ? '' : block))
    .replace(/\n?$/, '\n');
  const country = wifi.country === undefined ? '' : `country=${wifi.country}\n`;
  const base = wifi.country === undefined ? others : others.replace(/^country=.*\n/gm, '');
  return `${country}${base}${supplicantNetwork(wifi)}`;
}

export const INTERFACES_PATH = '/etc/network/interfaces.d/perch-wifi';

/** For ifupdown (interfaces(5)): the first Wi-Fi, by the supplicant's file. */
export const INTERFACES_TEXT = `allow-hotplug wlan0
iface wlan0 inet dhcp
    wpa-conf ${SUPPLICANT_PATH}
`;

export const NETPLAN_PATH = '/etc/netplan/60-perch-wifi.yaml';

/** For netplan (netplan-yaml(5)) with systemd-networkd, as Ubuntu has it. JSON is YAML, and quotes everything. Pure. */
export function netplanFile({ ssid, passphrase, country }: Wifi): string {
  const wlan0 = {
    dhcp4: true,
    optional: true,
    ...(country === undefined ? {} : { 'regulatory-domain': country }),
    'access-points': { [ssid]: passphrase === '' ? {} : { password: passphrase } },
  };
  return `${JSON.stringify({ network: { version: 2, wifis: { wlan0 } } }, null, 2)}\n`;
}
