import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../build/paths.ts';
import { certificates } from '../certificates.ts';
import { until } from '../processes.ts';
import type { Bench } from './bench.ts';
import {
  alertOf,
  card,
  fleet,
  foreignBroker,
  greenhouse,
  mosquitto,
  paused,
  QUICK,
  release,
  rolledOut,
  SLOW,
  settingsOf,
  token,
  withStore,
} from './props.ts';

/** What a page takes for granted, and what is looked at besides its exit codes. */
export interface Scene {
  before?(bench: Bench): Promise<void>;
  /** Before a block. */
  meanwhile?(bench: Bench, text: string): Promise<void>;
  /** The block with what a reader fills in. */
  filledIn?(bench: Bench, text: string): string;
  /** What a block that has the first must print. */
  shows?: readonly (readonly [block: RegExp, output: RegExp])[];
  after?(bench: Bench): Promise<void>;
}

export const SCENES: Record<string, Scene> = {
  'README.md': {
    async before(bench) {
      bench.put(
        'package.json',
        JSON.stringify({
          scripts: { 'perch-server': `node ${ROOT}/scripts/bootstrap.mjs ${ROOT}/scripts/perch-server.ts` },
        }),
      );
      bench.put('FILE', QUICK);
      await fleet(bench);
      await greenhouse(bench, 'greenhouse-pc');
      release(bench, 'perch-agent-linux-arm64-0.1.0', '0.1.0');
    },
    shows: [
      [/records greenhouse-pc/, /sys\.load1=/],
      [/devices +# who/, /greenhouse-pc/],
      [/rollout status/, /^Rollout 1 of 0\.3\.0: \w+/m],
    ],
    async meanwhile(bench, text) {
      if (text.includes('--broker')) await foreignBroker(bench);
      const version = /--version (\S+) dist\//.exec(text)?.[1];
      if (version !== undefined) release(bench, 'dist/perch-agent-linux-arm64', version);
    },
  },
  'getting-started.md': {
    before: async (bench) => card(bench),
    async after(bench) {
      assert.ok(existsSync(join(bench.home, 'greenhouse-1.img')));
    },
  },
  'installing.md': {
    async before(bench) {
      card(bench);
      await bench.ok('perch-server enroll greenhouse-1 --broker mqtt://192.168.1.10 > greenhouse-1.txt');
    },
  },
  'api.md': {
    async before(bench) {
      await greenhouse(bench, 'greenhouse-1');
      await token(bench, 'read');
    },
    shows: [
      [/openapi/, /"openapi":"3\.1\.0"/],
      [/latest/, /"name":"sys\.load1"/],
      [/stream/, /^event: records\ndata: .*greenhouse-1/m],
    ],
  },
  'operating.md': {
    async before(bench) {
      await fleet(bench);
      await withStore(bench, (store) => alertOf(store, 'greenhouse-1'));
      const { cert, key, ca } = certificates(bench.folder, ['DNS:perch.example.org']);
      bench.env.NODE_EXTRA_CA_CERTS = ca;
      await bench.ok(
        `perch-server serve --http 127.0.0.1:443 --tls-cert ${cert} --tls-key ${key} --public-url https://perch.example.org`,
      );
      await token(bench, 'admin');
      bench.put('fleet.json', SLOW);
      bench.put('roof.json', '{"period": "60s"}');
      bench.put('older.json', QUICK);
      await bench.ok('perch-server layer set fleet older.json');
      release(bench, 'dist/perch-agent-linux-arm64', '0.2.0');
    },
    shows: [
      [/^perch-server events$/m, /config|layer/],
      [/PERCH_SERVER/, /greenhouse-1.*0\.2\.0 for linux-arm64 is published/s],
      [/layer diff/, /period.*30s/s],
    ],
    filledIn: (bench, text) => text.replace('PERCH_TOKEN=perch_...', `PERCH_TOKEN=${bench.env.PERCH_TOKEN}`),
  },
  'rollouts.md': {
    async before(bench) {
      await fleet(bench);
      release(bench, 'old', '0.2.0');
      await bench.ok('perch-server release publish old --platform linux-arm64 --version 0.2.0');
      release(bench, 'perch-agent-linux-arm64', '0.3.0');
    },
    // No server runs, so that nothing but this moves the rollout.
    async meanwhile(bench, text) {
      if (text.includes('rollout status')) await withStore(bench, rolledOut);
      if (text.includes('rollout resume')) await withStore(bench, paused);
    },
  },
  'integrations.md': {
    async before(bench) {
      await greenhouse(bench, 'greenhouse-1');
      await token(bench, 'read');
      for (const [name, text] of settingsOf('integrations.md')) bench.put(name, text);
      await mosquitto(bench, 1884, { perch: '...' });
    },
    shows: [
      [/curl .*\/metrics/, /^perch_value\{alias="greenhouse-1",item="sys\.load1",unit="1"\} [\d.]+$/m],
      [/webhook list/, /audit .*hooks\.example\.org\/audit\n.* ops .*alert .*hooks\.example\.org\/perch\n/],
    ],
    async after(bench) {
      for (const name of ['mirror', 'homeassistant'])
        await until(
          () => bench.log.includes(`${name}: connected to the broker mqtt://192.168.1.10:1884`),
          name,
          10_000,
          () => bench.log,
        );
      const { integrations } = JSON.parse(await bench.ok('perch-server integration list --json'));
      for (const { name, setting } of integrations) assert.equal(setting.on, true, name);
    },
  },
};
