import { ERRORS } from '@perch/broker-bridge/protocol/errors.ts';
import type { ServerStatus } from '../commands/live.ts';
import type { InfluxState } from './influx-writer.ts';
import type { Metric } from './prometheus-text.ts';

/** What the metrics of the server itself are made of. */
export interface ServerFacts {
  status: ServerStatus;
  /** Rows that wait for the disk. */
  waitingRows: number;
  /** Callers that watch over HTTP. */
  watchers: number;
  /** Boards by what they are. */
  boards: { approved: number; pending: number; revoked: number; online: number };
  memory: number; // bytes
  cpuSeconds: number;
  /** Of the event loop since it was asked last, in seconds. */
  loopDelay: { mean: number; max: number };
  influx?: InfluxState;
  webhooks?: { delivered: number; failed: number; dropped: number };
}

const gauge = (name: string, help: string, value: number): Metric => ({
  ...{ name, help, type: 'gauge', samples: [[value]] },
});
const counter = (name: string, help: string, value: number): Metric => ({
  ...{ name, help, type: 'counter', samples: [[value]] },
});

/** A family for each message round and each fault. Pure. */
function messages(counters: Record<string, number>): Metric[] {
  const all = Object.entries(counters);
  const of = (fault: boolean, label: string): Metric['samples'] =>
    all
      .filter(([name]) => Object.hasOwn(ERRORS, name) === fault)
      .map(([name, value]) => [value, { [label]: name }]);
  return [
    {
      ...{
        name: 'perch_rounds_total',
        help: 'Messages of boards, by the round they were of',
        type: 'counter',
      },
      samples: of(false, 'round'),
    },
    {
      ...{ name: 'perch_faults_total', help: 'Messages that were no good, by error code', type: 'counter' },
      samples: of(true, 'code'),
    },
  ];
}

const influxMetrics = ({ waiting, written, dropped, refused, untimed }: InfluxState): Metric[] => [
  gauge('perch_influxdb_waiting_points', 'Points that wait for InfluxDB', waiting),
  {
    ...{ name: 'perch_influxdb_points_total', help: 'Points, by what became of them', type: 'counter' },
    samples: Object.entries({ written, dropped, refused, untimed }).map(([outcome, value]) => [
      value,
      { outcome },
    ]),
  },
];

const webhookMetrics = (counts: NonNullable<ServerFacts['webhooks']>): Metric => ({
  ...{
    name: 'perch_webhook_messages_total',
    help: 'Messages for webhooks, by what became of them',
    type: 'counter',
  },
  samples: Object.entries(counts).map(([outcome, value]) => [value, { outcome }]),
});

/** Pure. */
export function serverMetrics(facts: ServerFacts): Metric[] {
  const { status, boards, loopDelay, influx, webhooks } = facts;
  return [
    {
      ...{ name: 'perch_server_info', help: 'The version of the server', type: 'gauge' },
      samples: [[1, { version: status.version }]],
    },
    gauge('process_start_time_seconds', 'When the server was started, Unix time', status.started / 1000),
    gauge('process_resident_memory_bytes', 'Memory of the server', facts.memory),
    counter('process_cpu_seconds_total', 'Time of processors that the server took', facts.cpuSeconds),
    gauge(
      'perch_event_loop_delay_mean_seconds',
      'Delay of the event loop since the last scrape, mean',
      loopDelay.mean,
    ),
    gauge(
      'perch_event_loop_delay_max_seconds',
      'Delay of the event loop since the last scrape, longest',
      loopDelay.max,
    ),
    gauge(
      'perch_broker_connected',
      'Whether the server is connected to its broker',
      Number(status.connected),
    ),
    gauge('perch_sessions', 'Boards with a live session', status.sessions),
    counter('perch_records_stored_total', 'Records stored since the start', status.records),
    counter(
      'perch_messages_dropped_total',
      'Messages not looked at, as too many came at once',
      status.dropped,
    ),
    ...messages(status.counters),
    gauge('perch_waiting_rows', 'Rows that wait for the disk', facts.waitingRows),
    gauge(
      'perch_objects_waiting',
      'Files that carry releases and are yet to be made',
      status.objects.waiting,
    ),
    gauge('perch_http_watchers', 'Callers that watch over HTTP', facts.watchers),
    {
      ...{ name: 'perch_boards', help: 'Boards, by what they are', type: 'gauge' },
      samples: Object.entries(boards).map(([state, value]) => [value, { state }]),
    },
    ...(influx === undefined ? [] : influxMetrics(influx)),
    ...(webhooks === undefined ? [] : [webhookMetrics(webhooks)]),
  ];
}
