import type { Identity } from './identity.ts';
import type { BoardModule } from './native/index.ts';
import type { OutboxRecord } from './outbox/record.ts';
import type { SensorEnvironment } from './sensors/sensor-set.ts';
import type { Notifier } from './watchdog/systemd.ts';

/** What the agent is given by who starts it. */
export interface AgentOptions {
  state: string;
  identity: Identity;
  version: string;
  platform: string;
  environment: SensorEnvironment;
  /** The native part, where it could be loaded. */
  board: BoardModule | undefined;
  /** systemd, where it started us. */
  notifier?: Notifier | undefined;
  /** This process is the agent's own: its crashes are written down, and a hung event loop ends it. */
  ownProcess: boolean;
  /** Told of each record as it is taken. */
  onRecord?: ((record: OutboxRecord) => void) | undefined;
  /** perch-launcher started this agent and watches this state folder; without it no release is installed. */
  launched: boolean;
  /** Path of the executable that runs: patches are made on it. */
  executable: string;
  log(text: string): void;
  /**
   * The agent's work is over: 0, or the code by which the launcher starts it again. `hung`: a device hangs in the kernel,
   * so a regular exit could wait for ever.
   */
  ended(code: number, hung: boolean): void;
}

export interface RunningAgent {
  stop(): Promise<void>;
}
