import { type TObject, type TProperties, type TSchema, Type } from '@sinclair/typebox';
import type { I2cChip } from '../devices/i2c-chip.ts';
import type { ValueSpec } from '../devices/reading.ts';
import {
  Address,
  BusName,
  closed,
  type DeclaredValue,
  type DriverSpec,
  declared,
  rangeFaults,
  type SensorFault,
  SensorId,
} from './common.ts';
import { Duration } from './duration.ts';
import { type Processing, processingFaults, ValueChange } from './filters.ts';

/** A sensor with a built-in driver, its own options aside. */
export type ChipSensor = {
  id: string;
  driver: string;
  bus: string;
  address?: string;
  every?: string;
  only?: string[];
  values?: Record<string, ValueChange>;
};

export const hexAddress = (address: number): string => `0x${address.toString(16).padStart(2, '0')}`;

/** The members that choose and change values, for a driver that can give these keys. */
export function valueMembers(keys: readonly string[]): Record<'only' | 'values', TSchema> {
  return {
    only: Type.Optional(
      Type.Array(
        Type.Union(
          keys.map((key) => Type.Literal(key)),
          { description: `values: ${keys.join(', ')}` },
        ),
        {
          minItems: 1,
          uniqueItems: true,
          description: `the values to report, of: ${keys.join(', ')}; all if not given`,
        },
      ),
    ),
    values: Type.Optional(
      closed(Object.fromEntries(keys.map((key) => [key, Type.Optional(ValueChange)])), {
        description: `what to change of: ${keys.join(', ')}`,
      }),
    ),
  };
}

/** The values that a sensor reports, in the driver's order, with what the config changes; `name` is the driver's own key. */
export function chosenValues(
  specs: readonly ValueSpec[],
  sensor: Pick<ChipSensor, 'only' | 'values'>,
): (ValueSpec & { name: string; processing: Processing })[] {
  return specs
    .filter(({ key }) => sensor.only === undefined || sensor.only.includes(key))
    .map((spec) => {
      const { key, unit, range, ...processing } = sensor.values?.[spec.key] ?? {};
      return {
        ...spec,
        name: spec.key,
        key: key ?? spec.key,
        ...(unit === undefined ? {} : { unit }),
        ...(range === undefined ? {} : { range }),
        processing,
      };
    });
}

export const declaredValues = (
  specs: readonly ValueSpec[],
  sensor: Pick<ChipSensor, 'only' | 'values'>,
): DeclaredValue[] =>
  chosenValues(specs, sensor).map(({ key, unit, processing }) => declared(key, unit, processing));

/** Faults of "only" and "values": of values that these options do not give, and of what is changed. */
export function choiceFaults(
  specs: readonly ValueSpec[],
  sensor: Pick<ChipSensor, 'only' | 'values'>,
): SensorFault[] {
  const keys = specs.map(({ key }) => key);
  const absent = (key: string, path: (string | number)[]): SensorFault[] =>
    keys.includes(key)
      ? []
      : [
          {
            path,
            message: `there is no value "${key}" with these options`,
            hint: `there are: ${keys.join(', ')}`,
          },
        ];
  return [
    ...(sensor.only ?? []).flatMap((key, index) => absent(key, ['only', index])),
    ...Object.entries(sensor.values ?? {}).flatMap(([key, change]) => [
      ...absent(key, ['values', key]),
      ...rangeFaults(change.range, ['values', key, 'range']),
      ...processingFaults(change, ['values', key]),
    ]),
  ];
}

/** The driver of the config for one I2C chip. `sensor` carries the chip's options among its members. */
export function chipDriver(chip: I2cChip): DriverSpec<ChipSensor> & { chip: I2cChip } {
  const single = chip.addresses.length === 1;
  const addresses = chip.addresses.map(hexAddress);
  const address = { ...Address, description: `its 7-bit address: ${addresses.join(', ')}` };
  const schema: TObject = closed({
    id: SensorId,
    driver: Type.Literal(chip.driver),
    bus: BusName,
    address: single ? Type.Optional(address) : address,
    every: Type.Optional(Duration),
    ...(chip.options as TProperties),
    ...valueMembers(chip.keys),
  });
  return {
    schema,
    bus: 'i2c',
    chip,
    items: (sensor) => declaredValues(chip.values(sensor), sensor),
    measuring: (sensor) => chip.measuring(sensor),
    check: (sensor) => [
      ...(sensor.address !== undefined && !chip.addresses.includes(Number(sensor.address))
        ? [
            {
              path: ['address'],
              message: `a ${chip.driver} cannot have the address ${sensor.address}`,
              hint: `it has ${addresses.join(' or ')}`,
            },
          ]
        : []),
      ...choiceFaults(chip.values(sensor), sensor),
    ],
  };
}

/** The address of a chip's sensor: its own, or the only one that the chip has. */
export const chipAddress = (chip: I2cChip, sensor: ChipSensor): number =>
  sensor.address === undefined ? chip.addresses[0]! : Number(sensor.address);
