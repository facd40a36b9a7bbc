import { DEFAULT_PREFIX } from '@perch/broker-bridge/protocol/topics.ts';
import { urlFault } from './http-post.ts';
import {
  type AnySetting,
  HOME_ASSISTANT_PREFIX,
  type IntegrationName,
  MIRROR_PREFIX,
  type Setting,
} from './settings.ts';

type Publishing =
  | { name: 'mirror'; setting: Setting<'mirror'> }
  | { name: 'homeassistant'; setting: Setting<'homeassistant'> };

/** What a setting is judged by beside its schema. */
export interface Surroundings {
  /** The server runs its own broker; undefined where no server runs. */
  embedded: boolean | undefined;
  /** The prefix of the topics that boards use. */
  prefix?: string;
  /** How the other one of mirror and homeassistant is set. */
  beside?: Publishing;
}

/** True where topics under one prefix could be topics under the other. Pure. */
const overlap = (a: string, b: string): boolean => `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`);

const prefixOf = ({ name, setting }: Publishing): string =>
  setting.prefix ?? (name === 'mirror' ? MIRROR_PREFIX : HOME_ASSISTANT_PREFIX);

function brokerFault(one: Publishing, around: Surroundings): string | undefined {
  const { setting } = one;
  const prefix = prefixOf(one);
  if (setting.broker === undefined && around.embedded)
    return "name a broker: the server's own carries nothing but the messages of boards";
  if (setting.broker !== undefined && !URL.canParse(setting.broker))
    return 'broker: it must be a URL such as mqtt://host:1883 or mqtts://host:8883';
  const boards = around.prefix ?? DEFAULT_PREFIX;
  if (overlap(prefix, boards))
    return `prefix: ${prefix} is where the messages of boards are (${boards}); choose another`;
  const { beside } = around;
  // Each takes back what it finds under its prefix and did not say itself.
  if (beside?.setting.on && beside.setting.broker === setting.broker && overlap(prefix, prefixOf(beside)))
    return `prefix: ${prefix} is where ${beside.name} publishes on the same broker (${prefixOf(beside)}); choose another`;
  return undefined;
}

function influxFault({
  url,
  org,
  bucket,
  token,
  database,
  username,
  password,
}: Setting<'influxdb'>): string | undefined {
  if (url === undefined) return 'url: say where InfluxDB is, such as http://127.0.0.1:8086';
  const fault = urlFault(url);
  if (fault !== undefined) return `url: ${fault}`;
  if (new URL(url).search !== '') return 'url: it has a query; give org, bucket or database apart';
  const [two, one] = [
    org !== undefined || bucket !== undefined || token !== undefined,
    database !== undefined || username !== undefined || password !== undefined,
  ];
  if (two && one) return 'give org, bucket and token for InfluxDB 2, or database for InfluxDB 1, not both';
  if (two && (org === undefined || bucket === undefined || token === undefined))
    return 'InfluxDB 2 needs all of org, bucket and token';
  if (!two && database === undefined)
    return 'give org, bucket and token for InfluxDB 2, or database for InfluxDB 1';
  return undefined;
}

/** Why an integration cannot run with a setting, for people; undefined: it can. Pure. */
export function settingFault(
  name: IntegrationName,
  setting: AnySetting,
  around: Surroundings,
): string | undefined {
  if (!setting.on) return undefined;
  switch (name) {
    case 'prometheus':
      return undefined;
    case 'influxdb':
      return influxFault(setting as Setting<'influxdb'>);
    case 'mirror':
      return brokerFault({ name, setting: setting as Setting<'mirror'> }, around);
    case 'homeassistant':
      return brokerFault({ name, setting: setting as Setting<'homeassistant'> }, around);
  }
}
