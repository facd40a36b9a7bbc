// Run by the sensors benchmark: a bare MQTT.js client that publishes ten values as JSON each PERIOD ms.
// usage: node bare-client.ts URL PERIOD. At SIGTERM it prints how late it was, as JSON.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import mqtt from 'mqtt';
import { SENSORS, sensorMilli } from './machine.ts';

const [url, periodText] = process.argv.slice(2);
const period = Number(periodText);
const late: number[] = [];
const client = mqtt.connect(url!);
const loop = process.env.PERCH_EVENT_LOOP === '1' ? monitorEventLoopDelay({ resolution: 10 }) : undefined;
loop?.enable();
let began = 0;
let count = 0;

client.once('connect', () => {
  began = performance.now();
  setInterval(() => {
    count += 1;
    late.push(performance.now() - began - count * period);
    const values = Object.fromEntries(
      Array.from({ length: SENSORS }, (_, index) => [`s${index}.value`, sensorMilli(index) / 1000]),
    );
    client.publish('bench/bare', JSON.stringify({ timestamp: Date.now(), per: period, values }));
  }, period);
  console.log('connected');
});

process.once('SIGTERM', () => {
  const delay = loop && { p50: loop.percentile(50) / 1e6 - 10, p99: loop.percentile(99) / 1e6 - 10 };
  console.log(JSON.stringify({ late, delay }));
  process.exit(0);
});
