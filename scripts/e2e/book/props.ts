import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { elfOf } from '../../../server/src/releases/sample-elf.ts';
import type { Step } from '../../../server/src/rollout/facts.ts';
import { keyOf } from '../../../server/src/store/sample-rows.ts';
import { databasePath, openSqliteStore } from '../../../server/src/store/sqlite.ts';
import { ROOT } from '../../build/paths.ts';
import { samplePayload } from '../../flashing/testing/board.ts';
import { debianRoot, makeImage } from '../../flashing/testing/images.ts';
import { findProgram } from '../../test/programs.ts';
import { certificates } from '../certificates.ts';
import { until } from '../processes.ts';
import type { Bench } from './bench.ts';

// What the pages of the book take for granted.

export const QUICK =
  '{"period": "1s", "sensors": [{"id": "sys", "driver": "sysfs", "proc": ["load", "memory"]}]}';
export const SLOW = QUICK.replace('1s', '30s');

/** The settings of a page: JSON under a line that ends with the name of its file; of several the first. */
export function settingsOf(page: string): Map<string, string> {
  const found = readFileSync(join(ROOT, 'firmware-notes', page), 'utf8').matchAll(
    /`([a-z]+\.json)`[^`]*:\n\n```json\n([^`]*)```/g,
  );
  return new Map([...found].map(([, name, text]) => [name!, text!]));
}

/** A server with a board that reports every second. */
export async function greenhouse(bench: Bench, alias: string): Promise<void> {
  await bench.ok('perch-server serve');
  bench.put('board.json', QUICK);
  await bench.ok(`perch-server config set ${alias} board.json`);
  await bench.board(alias);
  await until(
    async () => (await bench.ok(`perch-server records ${alias}`)).includes('sys.load1='),
    'a record',
  );
}

/** A token for what the page does. */
export async function token(bench: Bench, scope: string): Promise<void> {
  bench.env.PERCH_TOKEN = (await bench.ok(`perch-server token add book --scope ${scope}`)).trim();
}

export async function withStore(bench: Bench, body: (store: Store) => Promise<void>): Promise<void> {
  const data = join(bench.home, '.perch/server');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const store = await openSqliteStore(databasePath(data));
  try {
    await body(store);
  } finally {
    await store.close();
  }
}

/** Boards with an older release. */
export const fleet = (bench: Bench): Promise<void> =>
  withStore(bench, async (store) => {
    for (let n = 1; n <= 5; n++) {
      const board = { alias: `greenhouse-${n}`, key: keyOf(n), platform: 'linux-arm64', version: '0.2.0' };
      await store.notePending(board, Date.now());
      await store.approve(board.alias);
    }
  });

type Store = Awaited<ReturnType<typeof openSqliteStore>>;

/** What a running server would have made of a rollout within some days. */
export async function rolledOut(store: Store): Promise<void> {
  const now = Date.now();
  const [rollout] = (await store.rolloutFacts()).rollouts;
  assert.ok(
    await store.setRolloutState(rollout!, { phase: 'running', wave: 3, cut: 5, since: now, enough: now }),
  );
  const row = (n: number, stage: Step['stage'], more: Partial<Step> = {}) => ({
    ...{ rollout: rollout!.id, alias: `greenhouse-${n}`, back: false },
    step: { version: '0.3.0', from: '0.2.0', stage, since: now, tries: 0, ...more },
  });
  await store.saveSteps([
    ...[row(1, 'done'), row(2, 'fetching'), row(3, 'waiting', { code: 'DISK', tries: 2 })],
    row(4, 'failed', { code: 'ROLLED_BACK', tries: 1 }),
  ]);
}

export async function paused(store: Store): Promise<void> {
  const [rollout] = (await store.rolloutFacts()).rollouts;
  assert.ok(await store.setRolloutState(rollout!, { ...rollout!.state, phase: 'paused' }));
}

export const release = (bench: Bench, file: string, version: string): string =>
  bench.put(file, elfOf('linux-arm64', 5_000, version), 0o755);

/** The image that a person has downloaded, and scripts/flash with a small agent in the place of one that takes minutes to build. */
export function card(bench: Bench): void {
  const image = join(bench.home, 'raspios-lite-arm64.img');
  makeImage({ path: image, tree: debianRoot() });
  execFileSync('xz', ['-0', image]);
  samplePayload(bench.folder);
  const executable = join(bench.folder, 'perch-agent-0.1.0');
  const wifi = bench.put('../wifi-password', 'a password\n', 0o600);
  bench.put(
    'scripts/flash',
    `#!/bin/sh
case " $* " in *' --wifi '*) set -- "$@" --wifi-password-file '${wifi}' ;; esac
exec '${join(ROOT, 'scripts/flash')}' "$@" --executable '${executable}'
`,
    0o755,
  );
  bench.put('.ssh/id_ed25519.pub', publicKey());
}

/** A public key as ssh-keygen writes it (RFC 4253, section 6.6). */
function publicKey(): string {
  const parts = [Buffer.from('ssh-ed25519'), randomBytes(32)].flatMap((part) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    return [length, part];
  });
  return `ssh-ed25519 ${Buffer.concat(parts).toString('base64')} ada@home\n`;
}

/** A Mosquitto that lets these names in. */
export async function mosquitto(
  bench: Bench,
  port: number,
  passwords: Record<string, string>,
  more = '',
): Promise<void> {
  const lines = Object.entries(passwords).map(([name, password]) => `${name}:${password}\n`);
  const file = bench.put('../passwords', lines.join(''));
  execFileSync(findProgram('mosquitto_passwd')!, ['-U', file]);
  const text = `user root\nlistener ${port}\nallow_anonymous false\npassword_file ${file}\n${more}`;
  const config = bench.put('../mosquitto.conf', text);
  const broker = bench.start('mosquitto', findProgram('mosquitto')!, ['-v', '-c', config]);
  await broker.says(/running|Opening ipv4/i);
}

/** Mosquitto with TLS and a password, as broker.example.org. */
export async function foreignBroker(bench: Bench): Promise<void> {
  const { ca, cert, key } = certificates(bench.folder, ['DNS:broker.example.org']);
  bench.put('ca.pem', readFileSync(ca));
  bench.put('password', 'server-secret\n', 0o600);
  const passwords = { perch: 'server-secret', boards: 'secret' };
  await mosquitto(bench, 8883, passwords, `cafile ${ca}\ncertfile ${cert}\nkeyfile ${key}\n`);
}

/** An alert that fires, and its rule. */
export async function alertOf(store: Store, alias: string): Promise<void> {
  const now = Date.now();
  const rule = { id: '0123456789ab', name: 'cold', severity: 'warning' } as const;
  await store.putAlertRule({
    ...{ ...rule, scope: { fleet: true }, when: { item: 'air.t', below: 4 } },
    ...{ enabled: true, version: 1, created: now },
  });
  await store.addAlerts([
    {
      ...{ rule: rule.id, name: rule.name, severity: rule.severity, alias, item: 'air.t' },
      ...{ state: 'firing', since: now, value: 3, text: 'cold: air.t under 4 (3)' },
    },
  ]);
}
