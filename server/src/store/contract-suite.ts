import type { Store } from './contract.ts';
import { accessContract } from './contract-suite-access.ts';
import { alertContract } from './contract-suite-alerts.ts';
import { fleetContract } from './contract-suite-fleet.ts';
import { gapContract } from './contract-suite-gaps.ts';
import { hourOrderContract } from './contract-suite-hour-order.ts';
import { hourContract } from './contract-suite-hours.ts';
import { identityContract } from './contract-suite-identity.ts';
import { layerContract } from './contract-suite-layers.ts';
import { pageContract } from './contract-suite-pages.ts';
import { recordContract } from './contract-suite-records.ts';
import { releaseContract } from './contract-suite-releases.ts';
import { rolloutContract } from './contract-suite-rollouts.ts';
import { webhookContract } from './contract-suite-webhooks.ts';

/** A store on fresh storage, and what the suite needs to do to it. */
export interface Opened {
  store: Store;
  /** Closes the store and opens the same storage again. */
  reopen(): Promise<Store>;
  /** Closes what is open and removes the storage. */
  destroy(): Promise<void>;
  /** How another process opens the same storage: `(await import(module))[name](location)`. */
  opener: { module: string; name: string; location: string };
}

export type OpenStore = () => Promise<Opened>;

/** Everything that contract.ts promises, as tests. Each implementation of Store runs it. */
export function runStoreContract(name: string, open: OpenStore): void {
  recordContract(name, open);
  identityContract(name, open);
  gapContract(name, open);
  hourContract(name, open);
  hourOrderContract(name, open);
  pageContract(name, open);
  fleetContract(name, open);
  releaseContract(name, open);
  rolloutContract(name, open);
  accessContract(name, open);
  layerContract(name, open);
  alertContract(name, open);
  webhookContract(name, open);
}

/** Runs `body` with a store on fresh storage that is removed afterwards. */
export async function withStore(open: OpenStore, body: (opened: Opened) => Promise<void>): Promise<void> {
  const opened = await open();
  try {
    await body(opened);
  } finally {
    await opened.destroy();
  }
}
