import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { closed, Key, Range, type SensorFault, Unit } from './common.ts';
import { Duration, parseDuration } from './duration.ts';
import {
  CALIBRATION_POINTS_LIMIT,
  FILTER_TIME_MAX,
  FILTERS_LIMIT,
  ROUND_LIMIT,
  WINDOW_LIMIT,
} from './limits.ts';

const Window = (what: string) =>
  Type.Integer({
    minimum: 2,
    maximum: WINDOW_LIMIT,
    description: `${what} of the last 2 to ${WINDOW_LIMIT} readings`,
  });
const Pair = (description: string) => Type.Tuple([Type.Number(), Type.Number()], { description });

const Calibration = closed(
  {
    linear: Type.Optional(Pair('[slope, intercept]; the value becomes value * slope + intercept')),
    points: Type.Optional(
      Type.Array(Pair('[what it said, what it should have said]'), {
        minItems: 2,
        maxItems: CALIBRATION_POINTS_LIMIT,
        description: `2 to ${CALIBRATION_POINTS_LIMIT} pairs [said, true], the first numbers rising`,
      }),
    ),
  },
  {
    minProperties: 1,
    maxProperties: 1,
    description: '{"linear": [slope, intercept]} or {"points": [[said, true], ...]}',
  },
);

/** The filters by name. "heartbeat" stands beside "deadband" only. */
const NAMES = [
  'offset',
  'scale',
  'calibrate',
  'median',
  'mean',
  'min',
  'max',
  'delta',
  'deadband',
  'clamp',
  'round',
  'throttle',
] as const;
export type FilterName = (typeof NAMES)[number];

const Filter = closed(
  {
    offset: Type.Optional(Type.Number({ description: 'a number that is added' })),
    scale: Type.Optional(Type.Number({ description: 'a number to multiply by' })),
    calibrate: Type.Optional(Calibration),
    median: Type.Optional(Window('median')),
    mean: Type.Optional(Window('mean')),
    min: Type.Optional(Window('lowest')),
    max: Type.Optional(Window('highest')),
    delta: Type.Optional(Type.Literal(true, { description: 'true: the change since the reading before' })),
    deadband: Type.Optional(
      Type.Number({ minimum: 0, description: 'how far a value must move before it is reported again' }),
    ),
    heartbeat: Type.Optional(Duration),
    clamp: Type.Optional(Pair('[lowest, highest]; a value beyond becomes the nearest of the two')),
    round: Type.Optional(
      Type.Integer({ minimum: 0, maximum: ROUND_LIMIT, description: `decimal places, 0 to ${ROUND_LIMIT}` }),
    ),
    throttle: Type.Optional(Duration),
  },
  {
    minProperties: 1,
    maxProperties: 2,
    description: `one of ${NAMES.join(', ')}; "heartbeat" beside "deadband"`,
  },
);
export type Filter = Static<typeof Filter>;

/** Filters of one value, applied in the order in which they stand. */
const Filters = Type.Array(Filter, {
  $id: 'Filters',
  maxItems: FILTERS_LIMIT,
  description: `up to ${FILTERS_LIMIT} filters, applied in their order`,
});

/** What one report says of the readings since the report before. */
export const AGGREGATES = ['last', 'mean', 'min', 'max', 'sum', 'count'] as const;
export type Aggregate = (typeof AGGREGATES)[number];
const AggregateName = Type.Union(
  AGGREGATES.map((name) => Type.Literal(name)),
  { description: `one of ${AGGREGATES.join(', ')}` },
);
const Aggregates = Type.Array(AggregateName, {
  $id: 'Aggregates',
  minItems: 1,
  maxItems: AGGREGATES.length,
  uniqueItems: true,
  description: `one or more of ${AGGREGATES.join(', ')}, each once: over the readings of a period`,
});

/** Members that any declared value may carry. */
export const Processing = {
  filters: Type.Optional(Type.Unsafe<Filter[]>(Type.Ref('Filters'))),
  aggregate: Type.Optional(Type.Unsafe<Aggregate[]>(Type.Ref('Aggregates'))),
};
export type Processing = { filters?: Filter[]; aggregate?: Aggregate[] };

const Change = closed(
  { key: Type.Optional(Key), unit: Type.Optional(Unit), range: Type.Optional(Range), ...Processing },
  {
    $id: 'ValueChange',
    minProperties: 1,
    description: '{"key"?, "unit"?, "range"?, "filters"?, "aggregate"?}',
  },
);
/** What a config may change of a value that a driver or a def gives. */
export type ValueChange = Static<typeof Change>;
export const ValueChange = Type.Unsafe<ValueChange>(Type.Ref('ValueChange'));

/** Schemas that others point to by their $id, since they stand in every driver's. */
export const SHARED_SCHEMAS: readonly TSchema[] = [Filters, Aggregates, Change];

/** The filter that an entry names; undefined if it names none or more than one. */
export function filterName(filter: Filter): FilterName | undefined {
  const given = NAMES.filter((name) => filter[name] !== undefined);
  return given.length === 1 ? given[0] : undefined;
}

const timeFault = (text: string | undefined, path: (string | number)[]): SensorFault[] => {
  const ms = text === undefined ? 1 : (parseDuration(text) ?? 0);
  return ms >= 1 && ms <= FILTER_TIME_MAX
    ? []
    : [{ path, message: `${text} is not allowed here`, hint: `from 1ms to ${FILTER_TIME_MAX / 3_600_000}h` }];
};

function filterFaults(filter: Filter, path: (string | number)[]): SensorFault[] {
  const name = filterName(filter);
  if (name === undefined || (filter.heartbeat !== undefined && name !== 'deadband'))
    return [
      {
        path,
        message: `a filter with ${Object.keys(filter).join(' and ')}`,
        hint: 'write one filter in each pair of braces; only "heartbeat" stands beside "deadband"',
      },
    ];
  const faults = [
    ...timeFault(filter.heartbeat, [...path, 'heartbeat']),
    ...timeFault(filter.throttle, [...path, 'throttle']),
  ];
  if (filter.clamp && filter.clamp[0] >= filter.clamp[1])
    faults.push({
      path: [...path, 'clamp'],
      message: 'the range is empty',
      hint: 'write the lower bound first',
    });
  const points = filter.calibrate?.points ?? [];
  const back = points.findIndex(([said], index) => index > 0 && said <= points[index - 1]![0]);
  if (back >= 0)
    faults.push({
      path: [...path, 'calibrate', 'points', back],
      message: `${points[back]![0]} does not lie above ${points[back - 1]![0]}`,
      hint: 'sort the points by their first number, each once',
    });
  return faults;
}

/** Faults of the filters of one value; `path` is the value's own. */
export const processingFaults = ({ filters }: Processing, path: (string | number)[]): SensorFault[] =>
  (filters ?? []).flatMap((filter, index) => filterFaults(filter, [...path, 'filters', index]));
