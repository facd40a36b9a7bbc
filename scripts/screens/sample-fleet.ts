// A fleet to look at: greenhouses with something of everything that a page can show. Times are relative to now.
import { createHash } from 'node:crypto';
import { parseConfig } from '@perch/broker-bridge/config/parse.ts';
import { wireItems } from '@perch/broker-bridge/config/self-metrics.ts';
import { fingerprint } from '@perch/broker-bridge/fingerprint.ts';
import { DEFAULT_LIMITS } from '../../server/src/rollout/defaults.ts';
import type { RolloutState } from '../../server/src/rollout/facts.ts';
import type { Device, RecordRow, Store } from '../../server/src/store/contract.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const PLACES = ['greenhouse', 'roof', 'cellar', 'lab'] as const;
/** Boards in each place. */
const EACH = 6;
/** The board that the screens show. */
export const SHOWN = 'greenhouse-1';

export interface SampleBoard {
  alias: string;
  place: string;
  version: string;
  /** It is connected. */
  online: boolean;
}

/** The boards that are let in. Some are in trouble, and some have not been heard for days. */
export const SAMPLE_BOARDS: readonly SampleBoard[] = PLACES.flatMap((place, at) =>
  Array.from({ length: EACH }, (_, number) => {
    const index = at * EACH + number;
    const online = index % 7 !== 6 && ![5, 8, 10, 12].includes(index);
    return { alias: `${place}-${number + 1}`, place, version: index % 4 === 0 ? '0.3.0' : '0.2.0', online };
  }),
);

const keyOf = (text: string): Uint8Array => new Uint8Array(createHash('sha256').update(text).digest());
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

const FLEET = { period: '30s', timeZone: 'Europe/Berlin' };
const CONFIG = {
  period: '30s',
  timeZone: 'Europe/Berlin',
  buses: { i2c1: { type: 'i2c', path: '/dev/i2c-1' } },
  sensors: [
    { id: 'air', driver: 'bme280', bus: 'i2c1', address: '0x76' },
    { id: 'soil', driver: 'tmp117', bus: 'i2c1', address: '0x48' },
  ],
};

function itemsOf(text: string): string[] {
  const parsed = parseConfig(text);
  if (!parsed.ok) throw new TypeError(`the sample config is not valid: ${JSON.stringify(parsed.faults)}`);
  return wireItems(parsed.config).map(({ name }) => name);
}

/** What one board told of itself, by where it stands in the list. */
function toldBy(index: number, now: number): Partial<Device> {
  if (index === 5) return { refused: { version: 2, text: '/sensors/0/bus: there is no /dev/i2c-3 here' } };
  if (index === 8)
    return {
      restart: { reason: 'stalled', count: 3, detail: 'storing: no progress for 120 s', at: now - HOUR },
    };
  if (index === 10)
    return { update: { sequence: 3, state: 'failed', error: 'DISK', detail: 'the disk is full' } };
  if (index === 12) return { update: { sequence: 3, state: 'fetching', progress: 42 } };
  return {};
}

async function addBoards(store: Store, now: number): Promise<void> {
  const layer = `${JSON.stringify(FLEET, null, 2)}\n`;
  await store.setLayer(
    { kind: 'fleet', name: '', text: layer, created: now - 30 * DAY, actor: 'session:ada' },
    0,
  );
  const text = `${JSON.stringify(CONFIG, null, 2)}\n`;
  for (const [index, { alias, place, version }] of SAMPLE_BOARDS.entries()) {
    const key = keyOf(alias);
    await store.notePending({ alias, key, platform: 'linux-arm64', version }, now - 60 * DAY + index * HOUR);
    await store.approve(alias, fingerprint(key));
    await store.setGroups(alias, [place, ...(index % 2 === 0 ? ['outdoor'] : [])]);
    await store.setLayer(
      { kind: 'board', name: alias, text, created: now - 20 * DAY, actor: 'session:ada' },
      0,
    );
    const config = await store.addConfig(alias, text, itemsOf(text), now - 20 * DAY);
    const lastSeen = index % 7 === 6 ? now - 3 * DAY : now - (index + 1) * MINUTE;
    await store.updateDevice(alias, key, { configVersion: config.version, lastSeen, ...toldBy(index, now) });
  }
  for (const [alias, version] of [
    ['greenhouse-7', '0.3.0'],
    ['barn-1', '0.2.0'],
  ] as const)
    await store.notePending({ alias, key: keyOf(alias), platform: 'linux-arm64', version }, now - 4 * MINUTE);
  await store.notePending(
    { alias: 'roof-2', key: keyOf('another card'), platform: 'linux-arm64', version: '0.3.0' },
    now - HOUR,
  );
}

/** The air and the soil on a day in spring: warm at noon, damp at dawn. */
export function valuesAt(at: number): Record<string, number> {
  const turn = (2 * Math.PI * (at % DAY)) / DAY;
  const drift = Math.sin(at / (7 * MINUTE)) * 0.25 + Math.sin(at / (23 * MINUTE)) * 0.4;
  return {
    'air.temperature': Number((19 - 6 * Math.cos(turn) + drift).toFixed(2)),
    'air.humidity': Number((62 + 14 * Math.cos(turn) - 1.5 * drift).toFixed(1)),
    'air.pressure': Number((1013 + 3 * Math.sin(at / (2.2 * DAY)) + drift / 4).toFixed(1)),
    'soil.temperature': Number((16 - 2 * Math.cos(turn - 0.8)).toFixed(2)),
  };
}

/** A record of a board whose soil sensor was unplugged for half an hour. */
function recordAt(at: number, number: number, now: number): RecordRow {
  const { 'soil.temperature': soil, ...air } = valuesAt(at);
  const unplugged = at > now - 2 * HOUR && at < now - 1.5 * HOUR;
  return {
    ...{ alias: SHOWN, stream: 'aa'.repeat(8), number, timestamp: at, synchronised: true, per: 30_000 },
    ...{ configVersion: 1, version: '0.3.0', boot: 'bb'.repeat(16), received: at + 300 },
    values: { ...air, ...(unplugged ? {} : { 'soil.temperature': soil! }), 'perch.outboxRecords': 0 },
    errors: unplugged ? { 'soil.temperature': 'unplugged' } : {},
  };
}

async function addRecords(store: Store, now: number): Promise<void> {
  const dark = { since: now - 4 * HOUR, until: now - 3.5 * HOUR };
  const rows: RecordRow[] = [];
  let number = 0;
  for (let at = now - 2 * DAY; at <= now; at += 30_000) {
    number += 1;
    if (at < dark.since || at > dark.until) rows.push(recordAt(at, number, now));
  }
  for (let from = 0; from < rows.length; from += 1000) await store.addRecords(rows.slice(from, from + 1000));
  const before = rows.findLast(({ timestamp }) => timestamp < dark.since)!.number;
  await store.addRecords(
    [],
    [
      {
        ...{ alias: SHOWN, stream: 'aa'.repeat(8), from: before + 1, to: before + 4, count: 4 },
        ...{ since: dark.since, until: dark.since + 2 * MINUTE, why: 'stopped', received: dark.until },
      },
    ],
  );
}

async function addReleases(store: Store, now: number): Promise<void> {
  for (const [index, version] of ['0.1.0', '0.2.0', '0.3.0'].entries())
    await store.addReleases(
      [
        {
          ...{ platform: 'linux-arm64', version, sequence: index + 1, length: 104_700_000 + index * 4_096 },
          ...{
            sha256: sha(version),
            indexSha256: sha(`index ${version}`),
            created: now - (3 - index) * 14 * DAY,
          },
        },
      ],
      [],
    );
  const waves = [1, 10, 50, 100].map((percent) => ({ percent, soak: DAY }));
  const running: RolloutState = { phase: 'running', wave: 1, cut: 2 ** 30, since: now - 5 * HOUR };
  const { id } = await store.addRollout(
    { version: '0.3.0', groups: ['greenhouse', 'roof'], waves, limits: DEFAULT_LIMITS },
    running,
    now - 2 * DAY,
  );
  const step = (alias: string, stage: 'done' | 'fetching' | 'failed', code?: 'DISK') => ({
    ...{ rollout: id, alias, back: false },
    step: { version: '0.3.0', from: '0.2.0', stage, since: now - HOUR, tries: 0, ...(code ? { code } : {}) },
  });
  await store.saveSteps([
    step(SHOWN, 'done'),
    step('greenhouse-2', 'fetching'),
    step('greenhouse-5', 'failed', 'DISK'),
  ]);
  await store.setPin({ kind: 'board', name: 'cellar-1', version: '0.2.0', created: now - DAY });
}

async function addAlerts(store: Store, now: number): Promise<void> {
  const rules = [
    {
      id: '0123456789ab',
      name: 'Frost',
      when: { item: 'air.temperature', below: 2, hysteresis: 1, for: 5 * MINUTE },
      severity: 'critical',
    },
    { id: '0123456789ac', name: 'Silent', when: { silence: 15 * MINUTE }, severity: 'warning' },
  ] as const;
  for (const rule of rules)
    await store.putAlertRule({
      ...rule,
      scope: { fleet: true },
      enabled: true,
      version: 1,
      created: now - 20 * DAY,
    });
  const [frost, silent] = rules;
  await store.addAlerts([
    {
      rule: frost.id,
      name: frost.name,
      severity: frost.severity,
      alias: 'roof-3',
      item: 'air.temperature',
      state: 'resolved',
      since: now - 2 * DAY,
      ended: now - 2 * DAY + HOUR,
      value: 1.4,
      text: 'Frost: air.temperature under 2 for 5m (1.4)',
    },
    {
      rule: silent.id,
      name: silent.name,
      severity: silent.severity,
      alias: 'roof-1',
      state: 'acknowledged',
      acknowledgedBy: 'session:ada',
      acknowledgedAt: now - DAY,
      note: 'its cable is being mended',
      since: now - 3 * DAY,
      text: 'Silent: not heard for 15m',
    },
    {
      rule: silent.id,
      name: silent.name,
      severity: silent.severity,
      alias: 'cellar-2',
      state: 'firing',
      since: now - 3 * DAY,
      text: 'Silent: not heard for 15m',
    },
  ]);
}

async function addEvents(store: Store, now: number): Promise<void> {
  const did: [ago: number, actor: string, kind: string, alias: string | undefined, text: string][] = [
    [
      30 * DAY,
      'session:ada',
      'layer.set',
      undefined,
      'the layer of the fleet was set (version 1); it changes 24 configs',
    ],
    [
      20 * DAY,
      'session:ada',
      'rule.added',
      undefined,
      'the alert rule Frost was added: air.temperature under 2 for 5m, for every board',
    ],
    [2 * DAY, 'token:ci', 'release.published', undefined, '0.3.0 for linux-arm64 was published'],
    [2 * DAY - HOUR, 'session:ada', 'rollout.created', undefined, 'rollout 1 of 0.3.0 was created'],
    [DAY, 'session:ada', 'alert.acknowledged', 'roof-1', 'alert 2 (Silent) is being seen to'],
    [5 * HOUR, `board:${SHOWN}`, 'board.version', SHOWN, 'runs 0.3.0 now, before it was 0.2.0'],
    [
      HOUR,
      'board:roof-3',
      'board.trouble',
      'roof-3',
      'start 3, since it made no progress: storing: no progress for 120 s',
    ],
    [
      4 * MINUTE,
      'board:greenhouse-7',
      'device.pending',
      'greenhouse-7',
      `asks to be let in, with the key ${fingerprint(keyOf('greenhouse-7'))}`,
    ],
  ];
  await store.addEvents(
    did.map(([ago, actor, kind, alias, text]) => ({
      ...{ at: now - ago, actor, kind, text },
      ...(alias === undefined ? {} : { alias }),
    })),
  );
}

/** Fills an empty store. */
export async function addSampleFleet(store: Store, now: number): Promise<void> {
  await addBoards(store, now);
  await addRecords(store, now);
  await addReleases(store, now);
  await addAlerts(store, now);
  await addEvents(store, now);
}
