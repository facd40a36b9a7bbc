import type { ErrorCode } from '@perch/broker-bridge/protocol/errors.ts';
import type { KeyPair, Primitives } from '@perch/broker-bridge/protocol/primitives.ts';
import type { FleetView } from './fleet-view.ts';
import type { RolloutEngine } from './rollout/engine.ts';
import type { RecordRow, Store } from './store/contract.ts';
import type { FleetEvent } from './store/event-contract.ts';
import type { UpdateDesk } from './update-desk.ts';

/** What a dispatcher has of the rest of the server. */
export interface DispatcherOptions {
  store: Store;
  view: FleetView;
  primitives: Primitives;
  identity: KeyPair;
  prefix: string;
  publish(topic: string, payload: Uint8Array): void;
  updates: UpdateDesk;
  rollouts: Pick<RolloutEngine, 'heard' | 'gone' | 'wantedFor'>;
  now(): number; // Unix ms
  sha256Hex(bytes: Uint8Array): string;
  onRecords?(rows: RecordRow[]): void;
  onNote?(note: Note): void;
  /** Something of a board is different, and this is worth remembering of it. */
  onBoard?(alias: string, events: FleetEvent[]): void;
}

/** Something that a person who looks after the server may want to see. */
export interface Note {
  alias?: string;
  /** INTERNAL: an error of this program, never of a payload. */
  code?: ErrorCode | 'INTERNAL';
  /** Told by the code unless given. */
  level?: 'info' | 'warn' | 'error';
  text: string;
}
