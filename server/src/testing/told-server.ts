import type { LiveServer } from '../commands/live.ts';

/** Stands for a running server: it does nothing, and `told` gets what commands tell it. `own`: parts that a test plays itself. */
export const toldServer = (told: string[], own: Partial<LiveServer> = {}): LiveServer => ({
  configChanged: async (alias) => void told.push(`config ${alias}`),
  approved: async (alias) => void told.push(`approved ${alias}`),
  revoked: async (alias) => void told.push(`revoked ${alias}`),
  releaseChanged: async () => void told.push('release'),
  alertsChanged: async () => undefined,
  alertsTold: () => undefined,
  lastHeard: () => undefined,
  openAlerts: () => 0,
  rolloutOf: () => undefined,
  happened: () => undefined,
  status: () => ({
    ...{ version: '0.1.0', pid: 42, started: 0, broker: 'mqtt://127.0.0.1:1883', embedded: true },
    ...{ connected: true, sessions: 3, records: 9, dropped: 0, counters: { monitorRecord: 9 } },
    objects: { making: null, percent: 0, waiting: 0 },
  }),
  ...own,
});
