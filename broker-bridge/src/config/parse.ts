import { DRIVER_NAMES, driverSpec, isGeneric } from './drivers.ts';
import type { ConfigFault } from './faults.ts';
import { formFaults } from './form.ts';
import { pointerToken, readJson } from './json-text.ts';
import { CONFIG_LIMIT, FAULTS_LIMIT } from './limits.ts';
import { meaningFaults } from './meaning.ts';
import { BUSES, type Config, DEFS, DefSensor, Outline } from './schema.ts';

export type { ConfigFault } from './faults.ts';
export type ParsedConfig = { ok: true; config: Config } | { ok: false; faults: ConfigFault[] };

type Draft = {
  buses?: Record<string, { type: string }>;
  defs?: Record<string, { kind: string }>;
  sensors: { id: string; driver: string }[];
};

/** One fault if a tag names nothing, else the faults against the schema it names. */
function tagged(
  base: string,
  value: object,
  tag: string,
  name: string,
  schemas: Record<string, object>,
  hint: string,
) {
  const schema = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
  if (schema) return formFaults(schema as Parameters<typeof formFaults>[0], value, base);
  return [{ pointer: `${base}/${tag}`, message: `there is no ${tag} "${name.slice(0, 40)}"`, hint }];
}

/** Names of drivers and defs that a sensor may use, for hints. */
const knownDrivers = (draft: Draft): string =>
  [...new Set([...Object.keys(draft.defs ?? {}), ...DRIVER_NAMES])].slice(0, 100).join(', ');

function* partFaults(draft: Draft): Generator<ConfigFault> {
  for (const [name, bus] of Object.entries(draft.buses ?? {}))
    yield* tagged(
      `/buses/${pointerToken(name)}`,
      bus,
      'type',
      bus.type,
      BUSES,
      `types: ${Object.keys(BUSES).join(', ')}`,
    );
  for (const [name, def] of Object.entries(draft.defs ?? {}))
    yield* tagged(
      `/defs/${pointerToken(name)}`,
      def,
      'kind',
      def.kind,
      DEFS,
      `kinds: ${Object.keys(DEFS).join(', ')}`,
    );
  for (const [index, sensor] of draft.sensors.entries()) {
    const base = `/sensors/${index}`;
    const ofDef = !isGeneric(sensor.driver) && Object.hasOwn(draft.defs ?? {}, sensor.driver);
    const schema = ofDef ? DefSensor : driverSpec(sensor.driver)?.schema;
    const schemas = schema ? { [sensor.driver]: schema } : {};
    yield* tagged(base, sensor, 'driver', sensor.driver, schemas, `known drivers: ${knownDrivers(draft)}`);
  }
}

function take(faults: Iterable<ConfigFault>): ConfigFault[] {
  const taken: ConfigFault[] = [];
  for (const fault of faults) {
    taken.push(fault);
    if (taken.length >= FAULTS_LIMIT) break;
  }
  return taken;
}

/**
 * Reads a config: size, JSON syntax, form, then meaning; each stage only if the one before found nothing, since later
 * faults would be echoes of earlier ones. Never throws, and never names more than FAULTS_LIMIT faults.
 */
export function parseConfig(text: string): ParsedConfig {
  const size = text.length > CONFIG_LIMIT ? text.length : new TextEncoder().encode(text).length;
  if (size > CONFIG_LIMIT)
    return refuse([
      {
        pointer: '',
        message: `the config is longer than ${CONFIG_LIMIT} bytes`,
        hint: 'move what sensors share into "defs"',
      },
    ]);
  const json = readJson(text);
  if (!json.ok)
    return refuse([
      {
        pointer: json.pointer,
        message: `not JSON: line ${json.line}, column ${json.column}: ${json.message}`,
        hint: 'mend the text there; JSON has no comments and no trailing commas',
      },
    ]);
  const outline = formFaults(Outline, json.value, '');
  if (outline.length > 0) return refuse(outline);
  const form = take(partFaults(json.value as Draft));
  if (form.length > 0) return refuse(form);
  const config = json.value as Config;
  const meaning = take(meaningFaults(config));
  return meaning.length > 0 ? refuse(meaning) : { ok: true, config };
}

const refuse = (faults: ConfigFault[]): ParsedConfig => ({ ok: false, faults });
