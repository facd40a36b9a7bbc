// The other side of the ingest benchmark, a process as the server is one: answers each message with as many bytes as an
// OK of Perch has, and does nothing else. Arguments: reply bytes, and a broker's URL or "embedded".
import mqtt from 'mqtt';
import { startEmbeddedBroker } from '../../broker-bridge/src/embedded-broker.ts';
import type { BrokerAddress } from '../../broker-bridge/src/mqtt/link.ts';
import { requestFilter } from '../../broker-bridge/src/protocol/topics.ts';
import { ECHO_ID_BYTES, ECHO_PREFIX } from './echo-client.ts';

const [replyBytes, url] = [Number(process.argv[2]), process.argv[3]!];

async function address(): Promise<BrokerAddress> {
  if (url !== 'embedded') return { url };
  return (await startEmbeddedBroker({ host: '127.0.0.1', port: 0, prefix: ECHO_PREFIX })).server;
}

const broker = await address();
const { username, password } = broker;
const client = await mqtt.connectAsync(broker.url, {
  ...{ protocolVersion: 4, clean: true, reconnectPeriod: 0 },
  ...(username === undefined ? {} : { username }),
  ...(password === undefined ? {} : { password }),
});
client.on('message', (topic, payload) => {
  const reply = Buffer.alloc(replyBytes);
  payload.copy(reply, 0, 0, ECHO_ID_BYTES);
  client.publish(topic.replace(/req$/, 'res'), reply);
});
await client.subscribeAsync(requestFilter(ECHO_PREFIX));
console.log(`ready ${broker.url}`);
