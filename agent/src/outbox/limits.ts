/** Every limit of the outbox, once. */

/** A segment file takes blocks up to this size. It is also the unit that goes when there is no room. */
export const SEGMENT_BYTES = 64 * 1024;
/** A segment grows by this much at a time, zeros first: a commit that stays inside changes no size and takes no new block. */
export const GROWTH_BYTES = 16 * 1024;
/** Most records in one block. */
export const BLOCK_RECORDS = 1_024;
/** Bytes of encoded records in one block, so that it fits a segment. */
export const BLOCK_BYTES = SEGMENT_BYTES - 2_048;

/** Numbers are taken from the disk in steps: after a power cut the count goes on behind the step. */
export const RESERVE_STEP = 1_000;

/** Most records that wait in memory while the disk does not take them, and most bytes by the measure of `recordBytes`. */
export const MEMORY_RECORDS = 8_640;
export const MEMORY_BYTES = 8 * 1024 * 1024;
/** Most records of those taken lately that go before the backlog in a message. */
export const LIVE_RECORDS = 32;
/** Segments that are read before their records can be sent. */
export const READ_AHEAD_SEGMENTS = 2;
/** Gaps that are kept until the server has them; past it the two nearest of one stream become one. */
export const GAPS_KEPT = 64;
/** Boots whose clock is remembered for records that were taken before it was set. */
export const BOOTS_KEPT = 16;
/** Damaged pieces of the disk that are set aside for a person to look at. */
export const ASIDE_FILES = 4;

/** Back-off between tries to write to a disk that failed, in ms. */
export const DISK_RETRY_MS = { least: 10_000, most: 300_000 };
/** How often records are looked at for their age, in ms. */
export const AGE_CHECK_MS = 3_600_000;
