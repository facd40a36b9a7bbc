import type { House } from '../e2e/house.ts';
import type { BoardParts } from '../rig/board.ts';
import type { Watch } from './benchmark.ts';

export const CONTENDERS = ['perch', 'perch-hwmon', 'collectd', 'node-red'] as const;
export type ContenderName = (typeof CONTENDERS)[number];

/** Sizes in bytes. */
export interface Sizes {
  /** The program that is run. */
  executable: number;
  /** All files that come onto a board for it. */
  installed: number;
  /** What is downloaded for them. */
  package: number;
  /** What is downloaded for the next release. */
  update: number;
}

/** What runs on the board, and its card. */
export interface Contender {
  name: ContenderName;
  /** With its version. */
  title: string;
  sizes: Sizes;
  /** The kernel reads the thermometers. */
  hwmon: boolean;
  /** Topic of the broker that its values come to; undefined: they come to the server, as records of a board of that name. */
  topic?: string;
  /** Writes its card. */
  card(path: string): Promise<void>;
}

/** What a contender is made of. */
export interface Ground {
  house: House;
  parts: BoardParts;
  watch: Watch;
}

/** Where the board finds the broker. */
export function brokerOf(house: House): { host: string; port: number } {
  const url = new URL(house.broker.url(house.broker.port));
  return { host: url.hostname, port: Number(url.port) };
}
