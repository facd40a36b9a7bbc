// What the API answers, as the page uses it: the server's own types wherever it tells them as they are. Nothing of the server's
// code gets into the page by that. Times are Unix ms.
import type { GrantView } from '../../src/commands/access.ts';
import type { CommandResult } from '../../src/commands/commands.ts';
import type { DeviceView } from '../../src/commands/devices.ts';
import type { FleetCounts, pageOf } from '../../src/fleet-list/query.ts';
import type { DeviceSummary } from '../../src/fleet-list/summary.ts';
import type { ErrorColumns, SeriesColumns } from '../../src/series/columns.ts';
import type { LatestItem as StoredItem } from '../../src/series/latest-items.ts';
import type { Series as SeriesOfServer } from '../../src/series/read-series.ts';
import type { Scope } from '../../src/store/access-contract.ts';
import type { Gap as StoredGap } from '../../src/store/contract.ts';

export type { Value } from '@perch/broker-bridge/protocol/values.ts';
export type { ServerStatus } from '../../src/commands/live.ts';
export type { FleetCounts } from '../../src/fleet-list/query.ts';
export type { DeviceSummary } from '../../src/fleet-list/summary.ts';
export type { Scope } from '../../src/store/access-contract.ts';
export type { StoredEvent as FleetEvent } from '../../src/store/event-contract.ts';

/** Of a record that just came the page knows neither the period nor whether the reason is one that it knows. */
export type LatestItem = Omit<StoredItem, 'per' | 'error'> & { per?: number; error?: string };
/** The page always asks for the mean. */
export type Series = Pick<SeriesColumns, 'name' | 'unit' | 't' | 'min' | 'max'> &
  Required<Pick<SeriesColumns, 'mean'>>;
/** When an item could not be read: `n` times in each bucket. */
export type SeriesErrors = Pick<ErrorColumns, 'name' | 't' | 'n'>;
export type Gap = Pick<StoredGap, 'since' | 'until' | 'missing' | 'why'>;
export type SeriesAnswer = Omit<SeriesOfServer, 'series' | 'errors' | 'gaps'> & {
  series: Series[];
  errors: SeriesErrors[];
  gaps: Gap[];
};

export type DeviceKey = Pick<
  DeviceView,
  'alias' | 'fingerprint' | 'status' | 'platform' | 'version' | 'firstSeen' | 'lastSeen'
>;
export type DevicePage = ReturnType<typeof pageOf> & { counts: FleetCounts };

export interface DeviceDetail {
  device: DeviceSummary;
  keys: DeviceKey[];
  /** The rollout that says what it should run. */
  rollout?: { id: number };
}

export interface Session {
  name: string;
  scope: Scope;
  csrf?: string;
  expires?: number;
}

/** A browser that is logged in. `own`: the one that asks. */
export type LoggedIn = GrantView & { own: boolean };
/** `token` is told once. */
export type ApiToken = GrantView & { token?: string };

export type Enrolment = CommandResult<'enroll'>;
