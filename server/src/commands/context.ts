import type { Static, TSchema } from '@sinclair/typebox';
import type { ServerKeys } from '../keys.ts';
import type { Store } from '../store/contract.ts';
import type { Caller } from './caller.ts';
import type { LiveServer } from './live.ts';

/** What a token says about the way to the broker. */
export interface TokenSettings {
  /** mqtt:// or mqtts:// URL as boards reach it; may carry user:password@, so it is never printed as it is. */
  broker: string;
  prefix: string;
  /** PEM of the broker's certificate authority. */
  ca?: string;
  /** URL of the page, without a slash at its end; '' where none is served. */
  page: string;
}

/** All that a command may use. `live` is there when a server runs with this data folder. */
export interface CommandContext {
  store: Store;
  dataDir: string;
  keys: ServerKeys;
  settings: TokenSettings;
  live?: LiveServer;
  /** Unix ms */
  now(): number;
}

export type CommandProgress = (done: number, total: number) => void;

/** A command: the form of its arguments, and what it does with them. The result is plain JSON. */
export interface Command<A extends TSchema, R> {
  args: A;
  run(context: CommandContext, args: Static<A>, progress: CommandProgress, caller: Caller): Promise<R>;
}

export const command = <A extends TSchema, R>(
  args: A,
  run: (context: CommandContext, args: Static<A>, progress: CommandProgress, caller: Caller) => Promise<R>,
): Command<A, R> => ({ args, run });
