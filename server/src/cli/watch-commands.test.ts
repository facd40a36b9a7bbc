import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Input } from './command-line.ts';
import { UsageError } from './usage-error.ts';
import { WATCH_COMMANDS } from './watch-commands.ts';

const ruleAdd = WATCH_COMMANDS.find(({ words }) => words === 'alert rule-add')!;

test('an option of a rule that would be without effect is refused', async () => {
  const cases: [options: Record<string, string>, message: RegExp][] = [
    [{ silence: '5m', item: 'a.b' }, /--silence is about a board/],
    [{ silence: '5m', above: '3' }, /--above does not go with --silence/],
    [{ silence: '5m', below: '3' }, /--below does not go with --silence/],
    [{ silence: '5m', for: '3m' }, /--for does not go with --silence/],
    [{ silence: '5m', rate: '3' }, /--rate does not go with --silence/],
    [{ silence: '5m', per: '1h' }, /--per does not go with --silence/],
    [{ silence: '5m', hysteresis: '0' }, /--hysteresis does not go with --silence/],
    [{ item: 'a.b', rate: '3' }, /--rate needs --per/],
    [{ item: 'a.b', rate: '3', per: '1h', for: '5m' }, /--for does not go with --rate/],
    [{ item: 'a.b', above: '3', per: '1h' }, /--per goes with --rate/],
    [{ item: 'a.b', above: '3', below: '1' }, /one of --above, --below and --rate/],
  ];
  for (const [options, message] of cases) {
    const input: Input = {
      ...{ positionals: ['x'], text: (name) => options[name], flag: () => false, json: false },
      ...{ dataDir: '/nowhere', place: '/nowhere', env: {} },
    };
    await assert.rejects(
      async () => ruleAdd.run(input),
      (error) => error instanceof UsageError && message.test(error.message),
      JSON.stringify(options),
    );
  }
});
