import type { LinuxBindingInterface } from '@serialport/bindings-cpp';

export type { I2cModule } from '../sensors/buses/i2c-port.ts';

/** Serial ports of Linux as @serialport/stream wants them: `list()` and `open({ path, baudRate, ... })`. */
export type SerialBinding = LinuxBindingInterface;

/** What adjtimex(2) says of the kernel's clock. */
export interface KernelTime {
  /** What the call returned: TIME_OK 0, TIME_INS 1, TIME_DEL 2, TIME_OOP 3, TIME_WAIT 4, TIME_ERROR 5. */
  state: number;
  /** Bits STA_*. */
  status: number;
  /** What is left of the phase correction: ns with STA_NANO, else us. */
  offset: number;
  /** Greatest error that the time server's client reckons with, in us; grows by 500 us/s. */
  maxerror: number;
}

/** Calls of the kernel that Node does not have (board/board.c). All throw an Error with the call's name and reason. */
export interface BoardModule {
  clockState(): KernelTime;
  /** ms of CLOCK_BOOTTIME: it counts suspends, which performance.now() does not. */
  sinceBoot(): number;
  /** Sends one datagram to a Unix socket; '@' in front means the abstract namespace. Never waits: a full queue is an error. */
  notify(path: string, text: string): void;
  /** The kernel ends this process by SIGKILL in `ms`, unless this is called again before; 0 puts it off. */
  deadMan(ms: number): void;
}
