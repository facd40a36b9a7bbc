import packageJson from '../../package.json' with { type: 'json' };
import type { LatestItem } from '../series/latest.ts';
import { ONLINE_MS, ONLINE_PERIODS } from '../session-table.ts';
import {
  type BoardMessage,
  type BoardView,
  current,
  onlineMessage,
  valuesMessage,
} from './board-messages.ts';
import { meaningOf } from './homeassistant-units.ts';
import { boardTopic, onlineTopic, serverTopic } from './topics.ts';

// Device-based MQTT discovery (home-assistant.io/integrations/mqtt, "MQTT Discovery"), which came with 2024.11.

/** Items of `perch.*` are the board's own. */
const OWN = 'perch.';

export interface HomeAssistantTopics {
  /** What values are published under. */
  prefix: string;
  /** What Home Assistant listens under. */
  discovery: string;
}

/**
 * Where a board is announced. Home Assistant takes letters, digits, - and _ there; an alias has no capital letters, so that `_2E`
 * for a dot can be nothing else. Pure.
 */
export const discoveryTopic = (discovery: string, alias: string): string =>
  `${discovery}/device/perch_${alias.replaceAll('.', '_2E')}/config`;

/** Where Home Assistant says that it is there, with `online`. Pure. */
export const birthTopic = (discovery: string): string => `${discovery}/status`;

/** A name as the text of a Jinja template. Pure. */
const quoted = (name: string): string =>
  `'${name.replaceAll(/[^A-Za-z0-9._ -]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)}'`;

type Kind = 'number' | 'text' | 'boolean';

/** What an item is; undefined: it cannot be told yet. Pure. */
function kindOf({ value, unit }: LatestItem): Kind | undefined {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return 'text';
  return typeof value === 'number' || unit !== undefined ? 'number' : undefined;
}

const platformOf = (kind: Kind): 'sensor' | 'binary_sensor' =>
  kind === 'boolean' ? 'binary_sensor' : 'sensor';

function component(alias: string, item: LatestItem, kind: Kind): Record<string, unknown> {
  const { name, unit, per } = item;
  const { unit: shown, deviceClass, stateClass } = kind === 'number' ? meaningOf(name, unit) : {};
  return {
    platform: platformOf(kind),
    // No alias has a slash, so that no other pair of board and item makes the same.
    unique_id: `perch_${alias}/${name}`,
    name,
    // Jinja writes None for a value that is not there, which stands for "unknown".
    value_template: `{{ value_json['values'][${quoted(name)}] | default(None) }}`,
    expire_after: Math.ceil(Math.max(ONLINE_MS, ONLINE_PERIODS * per) / 1000),
    ...(kind === 'boolean' ? { payload_on: 'True', payload_off: 'False' } : {}),
    ...(shown === undefined ? {} : { unit_of_measurement: shown }),
    ...(deviceClass === undefined ? {} : { device_class: deviceClass }),
    ...(stateClass === undefined ? {} : { state_class: stateClass }),
    ...(name.startsWith(OWN) ? { entity_category: 'diagnostic' } : {}),
  };
}

/**
 * The announcement of a board. `page` is the URL of the server's page, or ''. `gone` are keys of components that were announced
 * and are no more, with their platforms: Home Assistant removes those that have nothing else. Pure.
 */
function discovery(
  board: BoardView,
  { prefix }: HomeAssistantTopics,
  page: string,
  gone: ReadonlyMap<string, string> = new Map(),
): Record<string, unknown> {
  const { alias, items, version, platform } = board;
  const components = [...gone].map(([key, was]): [string, unknown] => [key, { platform: was }]);
  for (const [key, item, kind] of componentsOf(items)) components.push([key, component(alias, item, kind)]);
  const available = { payload_available: 'true', payload_not_available: 'false' };
  return {
    dev: {
      identifiers: [`perch_${alias}`],
      name: alias,
      manufacturer: 'Perch',
      model: platform,
      sw_version: version,
      ...(page === '' ? {} : { configuration_url: `${page}/boards/${alias}` }),
    },
    o: { name: 'Perch', sw_version: packageJson.version },
    cmps: Object.fromEntries(components),
    state_topic: boardTopic(prefix, alias),
    availability: [
      { topic: serverTopic(prefix), ...available },
      { topic: onlineTopic(prefix, alias), ...available },
    ],
    availability_mode: 'all',
    qos: 1,
  };
}

function componentsOf(items: readonly LatestItem[]): [key: string, item: LatestItem, kind: Kind][] {
  return current(items).flatMap((item) => {
    const kind = kindOf(item);
    return kind === undefined ? [] : [[`${platformOf(kind)} ${item.name}`, item, kind]];
  });
}

/** Keys of the components that a board has now, with their platforms. Pure. */
export const componentKeys = (items: readonly LatestItem[]): Map<string, string> =>
  new Map(componentsOf(items).map(([key, , kind]) => [key, platformOf(kind)]));

/** All that Home Assistant is told of a board. Pure. */
export const homeAssistantMessages = (
  board: BoardView,
  topics: HomeAssistantTopics,
  page: string,
  gone?: ReadonlyMap<string, string>,
): BoardMessage[] => [
  onlineMessage(topics.prefix, board),
  {
    topic: discoveryTopic(topics.discovery, board.alias),
    payload: JSON.stringify(discovery(board, topics, page, gone)),
  },
  ...(board.at === null ? [] : [valuesMessage(topics.prefix, board)]),
];
