import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AGENT_ROUNDS,
  AGENT_START,
  type AgentInput,
  type AgentState,
  HINT_INTERVAL_MS,
} from './agent-rounds.ts';
import { backoff } from './backoff.ts';
import { MESSAGES } from './messages.ts';
import { decide } from './rounds.ts';
import { SERVER_ROUNDS, type ServerInput, type ServerState } from './server-rounds.ts';

/** The rows of protocol-rounds.md, by procedure and round. */
const ROUNDS = {
  server: [
    'Hello 2 Hello Client',
    'Hello 2a Version Mismatch',
    'Hello 2b Not Whitelisted',
    'Version Mismatch 1',
    'Monitor Record 2 OK',
    'Monitor Record 2a Version Mismatch',
    'Monitor Record 2b Reconfigure',
    'Monitor Record 2c Not Whitelisted',
    'Reconfigure 1',
  ],
  agent: [
    'Hello 1 Hello Server',
    'Hello 3 Terminate',
    'Version Mismatch 2 Terminate',
    'Monitor Record 1',
    'Monitor Record 3 Terminate',
    'Reconfigure 2 Terminate',
    'Not Whitelisted 2 Terminate',
  ],
};

const AGENT_PHASES: AgentState['phase'][] = [
  'offline',
  'waiting',
  'greeting',
  'refused',
  'idle',
  'reporting',
];
const SERVER_MESSAGES = Object.entries(MESSAGES).flatMap(([name, { from }]) =>
  from === 'server' ? [name] : [],
);
const AGENT_INPUTS = [
  'linkUp',
  'linkDown',
  'records',
  'news',
  'reported',
  'sayHello',
  'timer',
  ...SERVER_MESSAGES,
];
const SERVER_INPUTS: ServerInput['on'][] = [
  'hello',
  'monitorRecord',
  'prepare',
  'fetch',
  'gone',
  'unknownSession',
  'configChanged',
  'releaseChanged',
  'approved',
  'revoked',
];

test('every state of either end has a row, or an explicit ignore, for every input whatever the guards say', () => {
  for (const phase of AGENT_PHASES)
    for (const on of AGENT_INPUTS)
      assert.ok(
        AGENT_ROUNDS.some((row) => row.on === on && row.in.includes(phase) && row.when === undefined),
        `agent: ${on} in ${phase}`,
      );
  for (const phase of ['none', 'greeted', 'live'] as const)
    for (const on of SERVER_INPUTS)
      assert.ok(
        SERVER_ROUNDS.some((row) => row.on === on && row.in.includes(phase) && row.when === undefined),
        `server: ${on} in ${phase}`,
      );
});

test('no row is hidden behind an unguarded one before it', () => {
  for (const table of [AGENT_ROUNDS, SERVER_ROUNDS]) {
    table.forEach((row, index) => {
      const reachable = row.in.some(
        (phase) =>
          !table
            .slice(0, index)
            .some(
              (earlier) =>
                earlier.on === row.on &&
                earlier.when === undefined &&
                (earlier.in as string[]).includes(phase),
            ),
      );
      assert.ok(reachable, `row ${index}: ${row.on} in ${row.in}`);
    });
  }
});

test('every row of protocol-rounds.md is a row of the tables', () => {
  const server = new Set(SERVER_ROUNDS.map((row) => row.round));
  for (const round of ROUNDS.server) assert.ok(server.has(round), round);
  const agent = new Set(AGENT_ROUNDS.flatMap((row) => [row.round, row.ends]));
  for (const round of [...ROUNDS.agent, ...ROUNDS.server]) assert.ok(agent.has(round), round);
});

const always = { now: 100_000, random: 0.5 };
const agent = (phase: AgentState['phase'], more: Partial<AgentState> = {}): AgentState => ({
  ...AGENT_START,
  phase,
  ...more,
});
type Bare<I> = I extends unknown ? Omit<I, 'now' | 'random'> : never;
const step = (state: AgentState, input: Bare<AgentInput>) =>
  decide(AGENT_ROUNDS, state, { ...always, ...input } as AgentInput);
const serve = (phase: ServerState['phase'], input: ServerInput) => decide(SERVER_ROUNDS, { phase }, input);
const doings = (effects: { do: string }[]): string[] => effects.map((effect) => effect.do);

test('a board that comes up says Hello, reports at once, is OKed and goes idle', () => {
  let s = step(agent('offline'), { on: 'linkUp' });
  assert.deepEqual([s.state.phase, doings(s.effects)], ['greeting', ['stopTimer', 'sayHello', 'startTimer']]);
  s = step(s.state, { on: 'helloClient', message: { name: 'helloClient', time: 1 } });
  assert.equal(s.state.phase, 'reporting');
  assert.ok(doings(s.effects).includes('report'));
  s = step(s.state, { on: 'reported', counter: 0 });
  s = step(s.state, { on: 'ok', message: { name: 'ok', re: 0 } });
  assert.deepEqual([s.state.phase, doings(s.effects)], ['idle', ['acknowledge', 'heed', 'stopTimer']]);
  assert.equal(s.ends, 'Monitor Record 3 Terminate');
});

test('an OK for an exchange that was given up acknowledges nothing', () => {
  const s = step(agent('reporting', { session: true, open: 7 }), {
    on: 'ok',
    message: { name: 'ok', re: 6 },
  });
  assert.deepEqual([s.state.phase, s.effects], ['reporting', []]);
});

test('records that are answered with Not Whitelisted stay with the agent, which waits', () => {
  const s = step(agent('reporting', { session: true, open: 1 }), {
    on: 'notWhitelisted',
    message: { name: 'notWhitelisted', re: 1 },
  });
  assert.equal(s.state.phase, 'refused');
  assert.equal(s.state.session, false);
  assert.ok(!doings(s.effects).includes('acknowledge'));
  assert.deepEqual(
    s.effects.find((effect) => effect.do === 'startTimer' && effect.timer === 'retry')?.do,
    'startTimer',
  );
});

test('Reconfigure and Version Mismatch in place of OK acknowledge the records too, since the server stored them', () => {
  const reporting = agent('reporting', { session: true, open: 1 });
  const config = { version: 2, json: '{}', items: [] };
  for (const message of [
    { name: 'reconfigure', re: 1, config },
    { name: 'versionMismatch', re: 1, version: '0.2.0' },
  ] as const) {
    const s = step(reporting, { on: message.name, message } as never);
    assert.equal(s.state.phase, 'idle');
    assert.equal(doings(s.effects)[0], 'acknowledge');
  }
});

test('an unanswered report is sent again, then the session is doubted', () => {
  let s = step(agent('reporting', { session: true }), { on: 'timer', timer: 'reply' });
  assert.equal(s.state.phase, 'reporting');
  s = step(s.state, { on: 'timer', timer: 'reply' });
  assert.equal(s.state.phase, 'reporting');
  s = step(s.state, { on: 'timer', timer: 'reply' });
  assert.equal(s.state.phase, 'greeting');
});

test('"say Hello", which anybody can send, is heeded only now and then', () => {
  const calm = agent('idle', { session: true, lastHello: always.now - HINT_INTERVAL_MS });
  assert.equal(step(calm, { on: 'sayHello' }).state.phase, 'greeting');
  const just = agent('idle', { session: true, lastHello: always.now - HINT_INTERVAL_MS + 1 });
  assert.equal(step(just, { on: 'sayHello' }).state.phase, 'idle');
});

test('an approval that comes right after the refusal is heeded as soon as the interval allows', () => {
  const s = step(agent('refused', { lastHello: always.now - 500 }), { on: 'sayHello' });
  assert.equal(s.state.phase, 'refused');
  assert.deepEqual(s.effects, [{ do: 'startTimer', timer: 'retry', ms: HINT_INTERVAL_MS - 500 }]);
});

test('news that comes while a report is out is told as soon as that is answered', () => {
  let s = step(agent('reporting', { session: true, open: 3 }), { on: 'news' });
  s = step(s.state, { on: 'ok', message: { name: 'ok', re: 3 } });
  assert.equal(s.state.phase, 'reporting');
  assert.deepEqual(doings(s.effects), ['acknowledge', 'heed', 'report', 'startTimer']);
});

test('a link that comes back with live keys needs no new Hello', () => {
  const s = step(agent('offline', { session: true }), { on: 'linkUp' });
  assert.deepEqual([s.state.phase, doings(s.effects)[0]], ['reporting', 'report']);
});

test('the server stores before it answers, in each answer that acknowledges', () => {
  const facts = { whitelisted: true, versionMatches: true, configMatches: true };
  for (const change of [{}, { versionMatches: false }, { configMatches: false }]) {
    const s = serve('live', { on: 'monitorRecord', ...facts, ...change });
    assert.deepEqual(doings(s.effects), ['confirm', 'store', 'reply']);
  }
  const revoked = serve('live', { on: 'monitorRecord', ...facts, whitelisted: false });
  assert.deepEqual(doings(revoked.effects), ['reply', 'endSession'], 'nothing of a revoked board is stored');
});

test('a Hello, which can be replayed, opens keys beside a live session and never ends it', () => {
  const facts = { whitelisted: true, versionMatches: true, configMatches: true };
  const s = serve('live', { on: 'hello', ...facts });
  assert.ok(!doings(s.effects).includes('endSession'));
  assert.ok(!doings(s.effects).includes('confirm'));
});

test('back-off grows to its ceiling, never past it, and is spread', () => {
  const bounds = { least: 1000, most: 60_000 };
  assert.equal(backoff(0, 0, bounds), 500);
  assert.equal(backoff(0, 1, bounds), 1000);
  for (let attempt = 0; attempt < 100; attempt++) {
    const wait = backoff(attempt, 0.999, bounds);
    assert.ok(wait >= 500 && wait <= 60_000);
  }
});
