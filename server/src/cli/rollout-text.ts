import { TROUBLED_SHOWN } from '../rollout/limits.ts';
import type { BoardStatus, RolloutStatus } from '../rollout/status.ts';
import { say } from './print.ts';
import { colour, printable, spanText, table, timeText } from './text.ts';

export const PHASES = {
  waiting: 'yellow',
  running: 'green',
  paused: 'red',
  aborted: 'gray',
  done: 'green',
} as const;
const BAR = 40;

/** A bar of boards: "#" has it, "+" is on the way, "!" failed or fell silent, "." is to come. */
function bar({ counts: { selected, stages, silent, newer } }: RolloutStatus): string {
  const total = Math.max(1, selected - newer);
  const under = stages.offered + stages.fetching + stages.trial + stages.waiting;
  let left = BAR;
  // Whoever is there is seen, however few.
  const part = (sign: string, count: number): string => {
    const width = Math.min(left, count === 0 ? 0 : Math.max(1, Math.floor((count / total) * BAR)));
    left -= width;
    return sign.repeat(width);
  };
  const [bad, on, has] = [part('!', stages.failed + silent), part('+', under), part('#', stages.done)];
  return `[${has}${on}${bad}${'.'.repeat(left)}]`;
}

function headLine({ id, spec, state, text }: RolloutStatus): string {
  return `Rollout ${id} of ${spec.version}: ${colour(PHASES[state.phase], printable(text))}`;
}

function waveLine({ spec, state, next }: RolloutStatus, now: number): string {
  if (state.phase !== 'running' && state.phase !== 'paused') return '';
  const { percent } = spec.waves[state.wave]!;
  const name = `Wave ${state.wave + 1} of ${spec.waves.length} (${percent}%) since ${timeText(state.since)}`;
  if (next === undefined) return `${name}.`;
  const then = state.wave + 1 < spec.waves.length ? 'the next one' : 'done';
  return `${name}; it succeeded: ${then} in ${spanText(Math.max(0, next - now))}.`;
}

export function countLine({ counts }: RolloutStatus): string {
  const { selected, stages, silent, newer } = counts;
  const under = stages.offered + stages.fetching + stages.trial;
  const parts = [
    `${stages.done} of ${selected} have it`,
    under > 0 ? `${under} update now` : '',
    stages.waiting > 0 ? `${stages.waiting} will try again` : '',
    stages.failed > 0 ? `${stages.failed} failed` : '',
    silent > 0 ? `${silent} fell silent` : '',
    newer > 0 ? `${newer} run something newer` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

const troubleRow = ({ alias, stage, silent, code, tries }: RolloutStatus['troubled'][number]): string[] => [
  printable(alias),
  silent ? 'silent' : stage === 'waiting' ? 'will try again' : 'failed',
  code ?? '',
  tries > 1 ? `${tries} tries` : '',
];

export function show(rollout: RolloutStatus, now: number): void {
  const lines = [headLine(rollout), `${bar(rollout)} ${countLine(rollout)}`, waveLine(rollout, now)];
  console.log(lines.filter((line) => line !== '').join('\n'));
  if (rollout.troubled.length > 0)
    console.log(table(['BOARD', 'STATE', 'WHY', ' '], rollout.troubled.map(troubleRow)));
  if (rollout.troubled.length === TROUBLED_SHOWN) say(`No more than ${TROUBLED_SHOWN} boards are listed.`);
  if (rollout.missing.length > 0 && rollout.state.phase === 'waiting')
    say(
      `It begins when ${rollout.spec.version} is published for ${rollout.missing.join(', ')}: perch-server release publish`,
    );
}

const WHY: Record<BoardStatus['why'], string> = {
  'no release': 'nothing is meant for it',
  'runs it': 'it runs what is meant for it',
  'runs newer': 'it runs something newer',
  stopped: 'the rollout is stopped',
  'in hand': 'it has the release in hand',
  failed: 'it gave the release up',
  'back-off': 'it failed, and tries again later',
  window: 'it waits for its window',
  'at once': 'it waits until fewer boards update',
  'to be told': 'it will be told when it is heard',
};

export function boardLine({ alias, version, wanted, rollout, later, why }: BoardStatus): string {
  const by = rollout === undefined ? '' : ` by rollout ${rollout}`;
  const meant = wanted === undefined ? '' : `, is to run ${wanted}${by}`;
  const then = later === undefined ? '' : ` Rollout ${later} is for it and has not reached it.`;
  return `${printable(alias)} runs ${printable(version)}${meant}: ${WHY[why]}.${then}`;
}
