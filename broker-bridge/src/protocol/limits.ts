/** Every limit of the wire, once. firmware-notes/wire.md lists them; protocol tests hold each. */

/** Largest MQTT payload from an agent: 32 KiB. */
export const REQUEST_LIMIT = 32 * 1024;
/** Largest MQTT payload from the server: 96 KiB of frame or config and 1 KiB around it. AWS IoT Core caps at 128 KiB. */
export const RESPONSE_LIMIT = 97 * 1024;
/** Largest Noise payload in Hello Client; a longer config follows as Reconfigure (Noise section 3 caps messages at 65535). */
export const HELLO_PAYLOAD_LIMIT = 60_000;
/** Deepest nesting of arrays and maps in a message. */
export const DEPTH_LIMIT = 8;
/** Most CBOR data items in one message: no backlog of small values that REQUEST_LIMIT lets through is refused for it. */
export const NODES_LIMIT = 32 * 1024;
/** Most CBOR data items in an envelope, which strangers can send: the array and its four members. */
export const ENVELOPE_NODES_LIMIT = 5;

/** Most records in one Monitor Record message. */
export const RECORDS_PER_MESSAGE = 128;
/** Most gaps in one Monitor Record message. */
export const GAPS_PER_MESSAGE = 16;
/** Most boots and most versions that the records of one message were taken in. */
export const ORIGINS_PER_MESSAGE = 8;
/** Longest time that an OK may ask a board to hold its backlog, in ms. */
export const WAIT_LIMIT_MS = 600_000;
/** Longest JSON text of a config, in UTF-8 bytes. */
export const CONFIG_TEXT_LIMIT = 64 * 1024;
/** Longest reason text, in UTF-8 bytes. */
export const DETAIL_LIMIT = 256;

/** Longest executable, and longest object that carries one, that a board accepts: 256 MiB. */
export const EXECUTABLE_LIMIT = 256 * 1024 * 1024;
/** Update frames: largest, smallest, and how many one request may name. */
export const FRAME_LIMIT = 96 * 1024;
export const FRAME_LEAST = 1024;
export const WINDOW_LIMIT = 8;

/** How far behind the newest counter a message may be and still be accepted once. */
export const REPLAY_WINDOW = 256;
/** A session ends after this many messages in one direction; the agent says Hello again before. */
export const SESSION_MESSAGES_LIMIT = 2 ** 32;
/** The agent renews its session after a day, so that keys do not live for ever. */
export const SESSION_LIFETIME_MS = 24 * 60 * 60 * 1000;
