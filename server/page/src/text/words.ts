/** Why a value is not there, for people; the names are those of the agent. */
const REASONS: Record<string, string> = {
  range: 'outside what the sensor can measure',
  stale: 'too old: the source has said nothing new',
  crc: 'the answer arrived damaged',
  nak: 'nobody answers at its address',
  timeout: 'no answer in time',
  busy: 'the sensor was not ready',
  unplugged: 'the bus or device is gone',
  missing: 'no such file, channel or field',
  malformed: 'the answer is not as declared',
  io: 'reading failed',
  denied: 'no permission to read it',
  unsupported: 'this board cannot do it',
};
export const reasonText = (reason: string): string => REASONS[reason] ?? reason;

const GAPS: Record<string, string> = {
  full: "no room was left on the board's disk",
  age: 'they waited longer than the board keeps records',
  damaged: "the board's disk does not give them back",
  stopped: 'the power went, or the agent was killed, before they were on disk',
  unsendable: 'no message can carry them',
};
/** Why records are missing, for people. */
export const gapText = (why: string): string => GAPS[why] ?? why;

const METRICS: Record<string, string> = {
  outboxRecords: 'Records that wait for the server',
  outboxAge: 'Age of the oldest that waits',
  outboxWritten: 'Given to the disk by the outbox',
  diskWritten: 'Written to disks since the start',
  dropped: 'Records given up since the start',
  retries: 'Reports sent again',
  roundTrip: 'From a report to its answer',
  loopDelay: 'Longest delay of the agent',
  memory: 'Memory of the agent',
  restarts: 'Starts since the enrolment',
  clockOffset: "Its clock minus the server's",
  disk: 'Disk that takes no records',
};
const OWN = 'perch.';
/** True for what a board tells of itself. */
export const isOwnMetric = (item: string): boolean => item.startsWith(OWN);
export const metricText = (item: string): string => METRICS[item.slice(OWN.length)] ?? item;

const UPDATES: Record<string, string> = {
  fetching: 'fetches it',
  installed: 'has installed it and tries it out',
  failed: 'failed',
};
export const updateText = (state: string): string => UPDATES[state] ?? state;

const ACTORS: Record<string, string> = {
  local: 'command line',
  token: 'token',
  session: 'page',
  board: 'board',
};
/** Who did it, for people: "session:admin" is "admin (page)". Pure. */
export function actorText(actor: string): string {
  const at = actor.indexOf(':');
  if (at === -1) return actor === 'server' ? 'the server' : actor;
  const [kind, name] = [actor.slice(0, at), actor.slice(at + 1)];
  return kind === 'board' ? name : `${name} (${ACTORS[kind] ?? kind})`;
}
