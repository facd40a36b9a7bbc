export interface SettingField {
  key: string;
  label: string;
  hint?: string;
  kind: 'text' | 'secret' | 'check' | 'long';
}

const BROKER: SettingField[] = [
  {
    key: 'broker',
    label: 'Broker',
    hint: "mqtt:// or mqtts:// address; empty: the server's own",
    kind: 'text',
  },
  { key: 'username', label: 'Name at the broker', kind: 'text' },
  { key: 'password', label: 'Password', kind: 'secret' },
  { key: 'ca', label: 'Certificate authority', hint: 'PEM, when it is one of your own', kind: 'long' },
];

export interface Known {
  title: string;
  about: string;
  fields: SettingField[];
}

/** The integrations that the page has words for, and what can be set of each. */
export const KNOWN: Record<string, Known> = {
  prometheus: {
    title: 'Prometheus',
    about: 'Metrics of the server and the newest values at /metrics, for tokens of the scope read.',
    fields: [{ key: 'open', label: 'Programs on this very machine need no token', kind: 'check' }],
  },
  mirror: {
    title: 'MQTT topics',
    about: 'Every value on a topic of its own, as plain text and JSON, for whatever reads MQTT.',
    fields: [
      { key: 'prefix', label: 'Topics begin with', hint: 'perch/mirror if empty', kind: 'text' },
      ...BROKER,
    ],
  },
  homeassistant: {
    title: 'Home Assistant',
    about: 'Boards show up as devices there, over the broker that it uses.',
    fields: [
      { key: 'prefix', label: 'Topics begin with', hint: 'perch/homeassistant if empty', kind: 'text' },
      { key: 'discovery', label: 'Discovery topic', hint: 'homeassistant if empty', kind: 'text' },
      ...BROKER,
    ],
  },
  influxdb: {
    title: 'InfluxDB',
    about:
      'Records that come from then on are written there. InfluxDB 2: organisation, bucket, token. InfluxDB 1: database.',
    fields: [
      { key: 'url', label: 'Address', hint: 'Such as http://127.0.0.1:8086', kind: 'text' },
      { key: 'org', label: 'Organisation', kind: 'text' },
      { key: 'bucket', label: 'Bucket', kind: 'text' },
      { key: 'token', label: 'Token', kind: 'secret' },
      { key: 'database', label: 'Database', kind: 'text' },
      { key: 'username', label: 'Name', kind: 'text' },
      { key: 'password', label: 'Password', kind: 'secret' },
      { key: 'ca', label: 'Certificate authority', hint: 'PEM, when it is one of your own', kind: 'long' },
    ],
  },
};

export type Setting = { on: boolean } & Record<string, unknown>;

/** What the server tells in the place of a secret, and takes as "as it was". */
const IS_SET = 'set';

/** A setting as its form has it. A secret that is set is not shown. Pure. */
export const formOf = (setting: Setting, fields: readonly SettingField[]): Record<string, string | boolean> =>
  Object.fromEntries(
    fields.map(({ key, kind }) => {
      const value = setting[key];
      if (kind === 'check') return [key, value === true];
      return [key, kind === 'secret' || typeof value !== 'string' ? '' : value];
    }),
  );

/** The setting to send: what is empty is left out, and a secret that nobody typed stays as it is. Pure. */
export function settingOf(
  on: boolean,
  form: Record<string, string | boolean>,
  fields: readonly SettingField[],
  before: Setting,
): Setting {
  const setting: Setting = { on };
  for (const { key, kind } of fields) {
    const value = form[key];
    if (typeof value === 'boolean') setting[key] = value;
    else if (value !== undefined && value.trim() !== '')
      setting[key] = kind === 'long' ? value : value.trim();
    else if (kind === 'secret' && before[key] === IS_SET && !moved(form, before)) setting[key] = IS_SET;
  }
  return setting;
}

/** A secret goes to the address that it was given for, and to no other. */
const moved = (form: Record<string, string | boolean>, before: Setting): boolean =>
  ['broker', 'url'].some((key) => String(form[key] ?? '').trim() !== String(before[key] ?? ''));
