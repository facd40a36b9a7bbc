import { DEFAULT_PREFIX } from '@perch/broker-bridge/protocol/topics.ts';
import { urlFault } from './http-post.ts';
import {
  type AnySetting,
  HOME_ASSISTANT_PREFIX,
  type IntegrationName,
  MIRROR_PREFIX,
  type Setting,
} from './settings.ts';

/** What a setting is judged by beside its schema. */
export interface Surroundings {
  /** The server runs its own broker; undefined where no server runs. */
  embedded: boolean | undefined;
  /** The prefix of the topics that boards use. */
  prefix?: string;
}

/** True where topics under one prefix could be topics under the other. Pure. */
const overlap = (a: string, b: string): boolean => `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`);

function brokerFault(
  setting: Setting<'mirror' | 'homeassistant'>,
  prefix: string,
  around: Surroundings,
): string | undefined {
  if (setting.broker === undefined && around.embedded)
    return "name a broker: the server's own carries nothing but the messages of boards";
  if (setting.broker !== undefined && !URL.canParse(setting.broker))
    return 'broker: it must be a URL such as mqtt://host:1883 or mqtts://host:8883';
  const boards = around.prefix ?? DEFAULT_PREFIX;
  if (overlap(prefix, boards))
    return `prefix: ${prefix} is where the messages of boards are (${boards}); choose another`;
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
    case 'mirror': {
      const given = setting as Setting<'mirror'>;
      return brokerFault(given, given.prefix ?? MIRROR_PREFIX, around);
    }
    case 'homeassistant': {
      const given = setting as Setting<'homeassistant'>;
      return brokerFault(given, given.prefix ?? HOME_ASSISTANT_PREFIX, around);
    }
  }
}
