/** Every limit of a config, once. `parse.ts` and the drivers' schemas enforce them; `firmware-notes/config.md` lists them. */

/** Longest config in UTF-8 bytes. */
export const CONFIG_LIMIT = 65_536;
/** Deepest nesting of objects and arrays. */
export const DEPTH_LIMIT = 16;
/** Most faults that one answer names; the rest shows after these are mended. */
export const FAULTS_LIMIT = 20;

export const SENSORS_LIMIT = 128;
export const BUSES_LIMIT = 64;
export const DEFS_LIMIT = 64;
/** Most values of one sensor. */
export const VALUES_LIMIT = 64;

/** Shortest and longest period, in ms: 100 ms to 24 h. */
export const PERIOD_MIN = 100;
export const PERIOD_MAX = 86_400_000;
/** Longest loss window of the outbox, in ms, and what holds when none is given. 0 s is allowed: each record is on disk at once. */
export const WINDOW_MAX = 3_600_000;
export const WINDOW_DEFAULT = 30_000;
/** Megabytes of records on a board's disk: most, and what holds when none is given. */
export const SIZE_MAX_MB = 4_096;
export const SIZE_DEFAULT_MB = 64;
/** How long a board keeps a record that it cannot deliver, in ms: least, most and what holds when nothing is given. */
export const KEEP_MIN = 3_600_000;
export const KEEP_MAX = 87_600 * 3_600_000;
export const KEEP_DEFAULT = 2_160 * 3_600_000;
/** How often a board tells about itself, in ms: most, and what holds when nothing is given. 0 s: never. */
export const METRICS_MAX = 86_400_000;
export const METRICS_DEFAULT = 300_000;
/** Bytes per second that updates may take, when the config bounds them: least and most. */
export const RATE_MIN = 256;
export const RATE_MAX = 1_000_000_000;
/** The id that no sensor may have: it is that of the items about the board itself. */
export const METRICS_SENSOR = 'perch';
/** Shortest and longest silence deadline of a serial bus, in ms, and what holds when none is given. */
export const SILENCE_MIN = 100;
export const SILENCE_MAX = 86_400_000;
export const SILENCE_DEFAULT = 60_000;

/** Steps in one pass over an I2C device, and in its set-up. */
export const STEPS_LIMIT = 32;
/** Most bytes of one I2C read or write. */
export const TRANSFER_LIMIT = 64;
/** Longest single delay, and longest wait of one poll, in ms. */
export const DELAY_LIMIT = 2_000;
/** Longest sum of all delays and polls of one pass, in ms; with what else a reading takes it stays below READING_MAX. */
export const PASS_LIMIT = 9_000;
/** Shortest pause between two questions of a poll, in ms, and what holds when none is given. */
export const POLL_PAUSE_MIN = 1;
export const POLL_PAUSE_DEFAULT = 5;
/** Widest bit field: whole numbers stay exact in a double. */
export const FIELD_BITS_LIMIT = 48;

/** Longest line of a serial source, in bytes, without its delimiter. */
export const LINE_LIMIT = 1_024;
/** Longest regular expression, in characters. */
export const REGEX_LIMIT = 512;

/** Most filters of one value. */
export const FILTERS_LIMIT = 12;
/** Widest window of a filter, in readings. */
export const WINDOW_LIMIT = 100;
/** Most points of a calibration and of a lookup table, and most coefficients of a polynomial. */
export const CALIBRATION_POINTS_LIMIT = 64;
export const POLYNOMIAL_LIMIT = 10;
/** Most decimal places that `round` keeps. */
export const ROUND_LIMIT = 9;
/** Longest heartbeat and throttle, in ms. */
export const FILTER_TIME_MAX = 86_400_000;
/** Shortest time between two readings of one sensor ("every"), in ms. */
export const EVERY_MIN = 50;
/** A reading must be done within this share of its interval, so that the next one is not late, and within READING_MAX ms. */
export const READING_SHARE = 0.8;
export const READING_MAX = 10_000;
/** What a reading takes beside its device's own time: timers that fire late, the transfers, a busy board. */
const SLACK_SHARE = 0.05;
const SLACK_MS = 25;
/** The time to reckon with for a reading whose device takes `measuring` ms. */
export const reckonedTime = (measuring: number): number =>
  measuring === 0 ? 0 : Math.ceil(measuring * (1 + SLACK_SHARE) + SLACK_MS);
/** The time that one reading may take, in ms, where a sensor is read each `interval` ms. */
export const readingTime = (interval: number): number => Math.min(READING_MAX, interval * READING_SHARE);
