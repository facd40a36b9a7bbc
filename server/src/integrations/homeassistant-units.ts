/** What Home Assistant is told of an item beside its value. */
export interface Meaning {
  /** As Home Assistant writes it; undefined: none. */
  unit?: string;
  deviceClass?: string;
  stateClass?: 'measurement' | 'total_increasing';
}

interface Row {
  /** UCUM code (ucum.org). */
  ucum: string;
  /** The item's name must have this; the first row that fits counts. */
  name?: RegExp;
  unit?: string;
  deviceClass?: string;
  /** Measurement unless it is a counter, or an angle, of which no mean can be made. */
  stateClass?: 'total_increasing' | 'none';
}

const rows = (ucums: Record<string, string>, more: Omit<Row, 'ucum' | 'unit'>): Row[] =>
  Object.entries(ucums).map(([ucum, unit]) => ({ ...{ ucum, unit }, ...more }));

const TEMPERATURES = { Cel: '°C', K: 'K', '[degF]': '°F' };
const PRESSURES = { Pa: 'Pa', hPa: 'hPa', kPa: 'kPa', mbar: 'mbar', bar: 'bar' };
const ENERGIES = {
  ...{ 'W.h': 'Wh', 'kW.h': 'kWh', 'MW.h': 'MWh', 'GW.h': 'GWh' },
  ...{ J: 'J', kJ: 'kJ', MJ: 'MJ', GJ: 'GJ' },
};
const VOLUMES = { m3: 'm³', L: 'L', l: 'L' };
const SPEEDS = { 'm/s': 'm/s', 'km/h': 'km/h' };
const AIR = { 'ug/m3': 'µg/m³' };
const PARTS = { '[ppm]': 'ppm', '[ppb]': 'ppb' };

// A class is given only with a unit that Home Assistant takes for it (developers.home-assistant.io, "Sensor entity", "Available
// device classes"), and a state class only that it takes for the class. Where the unit leaves the class open the name decides.
const ROWS: readonly Row[] = [
  ...rows(TEMPERATURES, { deviceClass: 'temperature' }),
  ...rows({ '%': '%' }, { name: /soil|moist/i, deviceClass: 'moisture' }),
  ...rows({ '%': '%' }, { name: /hum|(^|[._-])rh([._-]|$)/i, deviceClass: 'humidity' }),
  ...rows({ '%': '%' }, { name: /batt|(^|[._-])soc([._-]|$)/i, deviceClass: 'battery' }),
  ...rows({ '%': '%' }, { name: /power_?factor|cos_?phi/i, deviceClass: 'power_factor' }),
  { ucum: '%', unit: '%' },
  // Air pressure has its own class; that of water pipes and tyres is plain pressure.
  ...rows({ hPa: 'hPa', mbar: 'mbar' }, { deviceClass: 'atmospheric_pressure' }),
  ...rows(PRESSURES, { name: /atm|baro|air|(^|\.)pressure$/i, deviceClass: 'atmospheric_pressure' }),
  ...rows(PRESSURES, { deviceClass: 'pressure' }),
  ...rows(PARTS, { name: /voc/i, deviceClass: 'volatile_organic_compounds_parts' }),
  ...rows({ '[ppm]': 'ppm' }, { name: /co2/i, deviceClass: 'carbon_dioxide' }),
  ...rows({ '[ppm]': 'ppm' }, { name: /(^|[._-])co([._-]|$)/i, deviceClass: 'carbon_monoxide' }),
  ...rows(PARTS, {}),
  ...rows(AIR, { name: /pm_?1$/i, deviceClass: 'pm1' }),
  ...rows(AIR, { name: /pm_?2_?5$/i, deviceClass: 'pm25' }),
  ...rows(AIR, { name: /pm_?10$/i, deviceClass: 'pm10' }),
  ...rows(AIR, { name: /voc/i, deviceClass: 'volatile_organic_compounds' }),
  ...rows(AIR, {}),
  ...rows({ mW: 'mW', W: 'W', kW: 'kW', MW: 'MW' }, { deviceClass: 'power' }),
  ...rows({ 'V.A': 'VA' }, { deviceClass: 'apparent_power' }),
  ...rows(ENERGIES, { deviceClass: 'energy', stateClass: 'total_increasing' }),
  ...rows({ V: 'V', mV: 'mV' }, { deviceClass: 'voltage' }),
  ...rows({ A: 'A', mA: 'mA' }, { deviceClass: 'current' }),
  ...rows({ Hz: 'Hz', kHz: 'kHz', MHz: 'MHz', GHz: 'GHz' }, { deviceClass: 'frequency' }),
  ...rows({ lx: 'lx' }, { deviceClass: 'illuminance' }),
  ...rows({ 'W/m2': 'W/m²' }, { deviceClass: 'irradiance' }),
  ...rows(VOLUMES, { name: /water/i, deviceClass: 'water', stateClass: 'total_increasing' }),
  ...rows({ m3: 'm³' }, { name: /gas/i, deviceClass: 'gas', stateClass: 'total_increasing' }),
  ...rows(VOLUMES, { deviceClass: 'volume', stateClass: 'total_increasing' }),
  ...rows({ 'm3/h': 'm³/h', 'L/min': 'L/min', 'l/min': 'L/min' }, { deviceClass: 'volume_flow_rate' }),
  ...rows(SPEEDS, { name: /wind|gust/i, deviceClass: 'wind_speed' }),
  ...rows(SPEEDS, { deviceClass: 'speed' }),
  ...rows({ deg: '°' }, { name: /wind/i, deviceClass: 'wind_direction', stateClass: 'none' }),
  { ucum: 'deg', unit: '°', stateClass: 'none' },
  ...rows(
    { mm: 'mm' },
    { name: /rain|precip/i, deviceClass: 'precipitation', stateClass: 'total_increasing' },
  ),
  ...rows({ 'mm/h': 'mm/h' }, { name: /rain|precip/i, deviceClass: 'precipitation_intensity' }),
  ...rows({ mm: 'mm', cm: 'cm', m: 'm', km: 'km' }, { deviceClass: 'distance' }),
  ...rows({ g: 'g', kg: 'kg', mg: 'mg' }, { deviceClass: 'weight' }),
  ...rows({ ms: 'ms', s: 's', min: 'min', h: 'h', d: 'd' }, { deviceClass: 'duration' }),
  ...rows({ By: 'B', kBy: 'kB', MBy: 'MB', GBy: 'GB' }, { deviceClass: 'data_size' }),
  ...rows(
    { dB: 'dB', 'dB[mW]': 'dBm', dBm: 'dBm' },
    { name: /rssi|signal|snr/i, deviceClass: 'signal_strength' },
  ),
  ...rows({ 'uS/cm': 'µS/cm', 'mS/cm': 'mS/cm', 'S/cm': 'S/cm' }, { deviceClass: 'conductivity' }),
  { ucum: '[pH]', deviceClass: 'ph' },
  { ucum: '1', name: /power_?factor|cos_?phi/i, deviceClass: 'power_factor' },
  { ucum: '1' },
  { ucum: 'Ohm', unit: 'Ω' },
  { ucum: 'dBm', unit: 'dBm' },
];

const SIGNS: Record<string, string> = { '2': '²', '3': '³' };

/** A UCUM code that has no row, as people write it: annotations go, square brackets too. Pure. */
const written = (ucum: string): string | undefined => {
  const text = ucum
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[([^\]]*)\]/g, '$1')
    .replaceAll('.', '·')
    .replaceAll(/(?<=[A-Za-z])[23]$/g, (digit) => SIGNS[digit]!)
    .replace(/^u(?=[A-Za-z])/, 'µ')
    .replace(/^\//, '1/');
  return text === '' ? undefined : text;
};

/** What a number of that unit (UCUM) and name is to Home Assistant. Pure. */
export function meaningOf(name: string, ucum: string | undefined): Meaning {
  if (ucum === undefined) return { stateClass: 'measurement' };
  const row = ROWS.find((one) => one.ucum === ucum && (one.name === undefined || one.name.test(name)));
  const unit = row === undefined ? written(ucum) : row.unit;
  const stateClass = row?.stateClass ?? 'measurement';
  return {
    ...(unit === undefined ? {} : { unit }),
    ...(row?.deviceClass === undefined ? {} : { deviceClass: row.deviceClass }),
    ...(stateClass === 'none' ? {} : { stateClass }),
  };
}
