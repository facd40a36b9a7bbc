import { type TSchema, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

// What Home Assistant takes (home-assistant.io/integrations/mqtt, sensor.mqtt, binary_sensor.mqtt): the members that a device's
// announcement may have, and no others; and for each device class its units and state classes
// (developers.home-assistant.io/docs/core/entity/sensor).

const POWER = ['mW', 'W', 'kW', 'MW', 'GW', 'TW', 'BTU/h'];
const PRESSURE = ['cbar', 'bar', 'hPa', 'inHg', 'kPa', 'mbar', 'mmHg', 'Pa', 'psi', 'mPa', 'inH₂O'];
const ENERGY = [
  'J',
  'kJ',
  'MJ',
  'GJ',
  'mWh',
  'Wh',
  'kWh',
  'MWh',
  'GWh',
  'TWh',
  'cal',
  'kcal',
  'Mcal',
  'Gcal',
];
const VOLUME = ['ft³', 'CCF', 'MCF', 'm³', 'L', 'mL', 'gal', 'fl. oz.'];
const SPEED = ['ft/s', 'in/s', 'm/min', 'm/s', 'km/h', 'kn', 'mph', 'mm/s', 'Beaufort'];
const FLUX = ['in/d', 'in/h', 'mm/d', 'mm/h'];
const SIZE = [
  'bit',
  'kbit',
  'Mbit',
  'Gbit',
  'B',
  'kB',
  'MB',
  'GB',
  'TB',
  'PB',
  'EB',
  'ZB',
  'YB',
  'KiB',
  'MiB',
  'GiB',
  'TiB',
];
const AIR = ['µg/m³'];

const M = ['measurement'];
const T = ['total', 'total_increasing'];
const ALL = [...M, ...T];

/** Device class: units (null: none at all) and state classes. */
export const CLASSES: Record<string, [units: (string | null)[], states: string[]]> = {
  apparent_power: [['mVA', 'VA', 'kVA'], M],
  atmospheric_pressure: [PRESSURE, M],
  battery: [['%'], M],
  carbon_dioxide: [['ppm'], M],
  carbon_monoxide: [['ppm'], M],
  conductivity: [['S/cm', 'mS/cm', 'µS/cm'], M],
  current: [['A', 'mA'], M],
  data_size: [SIZE, ALL],
  distance: [['km', 'm', 'cm', 'mm', 'mi', 'nmi', 'yd', 'ft', 'in'], ALL],
  duration: [['d', 'h', 'min', 's', 'ms', 'µs'], ALL],
  energy: [ENERGY, T],
  frequency: [['Hz', 'kHz', 'MHz', 'GHz'], M],
  gas: [['CCF', 'ft³', 'm³'], T],
  humidity: [['%'], M],
  illuminance: [['lx'], M],
  irradiance: [['W/m²', 'BTU/(h⋅ft²)'], M],
  moisture: [['%'], M],
  ph: [[null], M],
  pm1: [AIR, M],
  pm25: [AIR, M],
  pm10: [AIR, M],
  power: [POWER, M],
  power_factor: [['%', null], M],
  precipitation: [['cm', 'in', 'mm'], ALL],
  precipitation_intensity: [FLUX, M],
  pressure: [PRESSURE, M],
  signal_strength: [['dB', 'dBm'], M],
  speed: [[...SPEED, ...FLUX], M],
  temperature: [['°C', '°F', 'K'], M],
  volatile_organic_compounds: [AIR, M],
  volatile_organic_compounds_parts: [['ppm', 'ppb'], M],
  voltage: [['V', 'mV', 'µV', 'kV', 'MV'], M],
  volume: [VOLUME, T],
  volume_flow_rate: [['m³/h', 'm³/min', 'm³/s', 'ft³/min', 'L/h', 'L/min', 'L/s', 'gal/min', 'mL/s'], M],
  water: [['CCF', 'ft³', 'm³', 'gal', 'L'], T],
  weight: [['kg', 'g', 'mg', 'µg', 'oz', 'lb', 'st'], ALL],
  wind_direction: [['°'], []],
  wind_speed: [SPEED, M],
};

const closed = { additionalProperties: false };
/** No wildcards in a topic (MQTT 3.1.1, section 4.7.1). */
const Topic = Type.String({ pattern: '^[^+#\\u0000]{1,65535}$' });
const optional = <S extends TSchema>(schema: S) => Type.Optional(schema);
const Common = {
  unique_id: Type.String({ minLength: 1 }),
  name: Type.String({ minLength: 1 }),
  value_template: Type.String({ pattern: '^\\{\\{.*\\}\\}$' }),
  expire_after: Type.Integer({ minimum: 1 }),
  entity_category: optional(Type.Literal('diagnostic')),
};
const Sensor = Type.Object(
  {
    platform: Type.Literal('sensor'),
    ...Common,
    unit_of_measurement: optional(Type.String({ minLength: 1 })),
    device_class: optional(Type.Union(Object.keys(CLASSES).map((one) => Type.Literal(one)))),
    state_class: optional(Type.Union(ALL.map((one) => Type.Literal(one)))),
  },
  closed,
);
const BinarySensor = Type.Object(
  {
    ...{ platform: Type.Literal('binary_sensor'), ...Common },
    ...{ payload_on: Type.String(), payload_off: Type.String() },
  },
  closed,
);
const Removed = Type.Object(
  { platform: Type.Union([Type.Literal('sensor'), Type.Literal('binary_sensor')]) },
  closed,
);
const Announcement = Type.Object(
  {
    dev: Type.Object(
      {
        identifiers: Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }),
        name: Type.String({ minLength: 1 }),
        manufacturer: Type.String(),
        model: Type.String(),
        sw_version: Type.String(),
        configuration_url: optional(Type.String({ pattern: '^(https?|homeassistant)://' })),
      },
      closed,
    ),
    o: Type.Object({ name: Type.String({ minLength: 1 }), sw_version: Type.String() }, closed),
    cmps: Type.Record(Type.String({ minLength: 1 }), Type.Union([Sensor, BinarySensor, Removed])),
    state_topic: Topic,
    availability: Type.Array(
      Type.Object(
        { topic: Topic, payload_available: Type.String(), payload_not_available: Type.String() },
        closed,
      ),
      { minItems: 1 },
    ),
    availability_mode: Type.Union(['all', 'any', 'latest'].map((mode) => Type.Literal(mode))),
    qos: Type.Union([Type.Literal(0), Type.Literal(1), Type.Literal(2)]),
  },
  closed,
);

/** What a topic must be that Home Assistant finds an announcement of a device on, under the prefix homeassistant. */
export const DISCOVERY_TOPIC = /^homeassistant\/device\/(?:[a-zA-Z0-9_-]+\/)?[a-zA-Z0-9_-]+\/config$/;

/** Why Home Assistant would not take an announcement, or take a sensor of it with a warning. */
export function announcementFaults(payload: unknown): string[] {
  if (!Value.Check(Announcement, payload))
    return [...Value.Errors(Announcement, payload)].map(({ path, message }) => `${path}: ${message}`);
  const components = Object.entries(payload.cmps).flatMap(([key, one]) =>
    'unique_id' in one ? [[key, one] as const] : [],
  );
  const ids = components.map(([, { unique_id }]) => unique_id);
  return [
    ...(new Set(ids).size === ids.length ? [] : ['a unique_id comes twice']),
    ...components.flatMap(([key, one]) => (one.platform === 'sensor' ? sensorFaults(key, one) : [])),
  ];
}

function sensorFaults(
  key: string,
  one: { unit_of_measurement?: string; device_class?: string; state_class?: string },
): string[] {
  const { unit_of_measurement: unit = null, device_class, state_class } = one;
  if (device_class === undefined) return [];
  const [units, states] = CLASSES[device_class]!;
  return [
    ...(units.includes(unit) ? [] : [`${key}: ${device_class} in ${unit}`]),
    ...(state_class === undefined || states.includes(state_class)
      ? []
      : [`${key}: ${device_class} as ${state_class}`]),
  ];
}
