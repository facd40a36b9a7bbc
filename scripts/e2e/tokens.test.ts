// What a person meets who flashes two cards with one token, or one with the token of another server.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { primitives } from '@perch/broker-bridge/crypto.ts';
import { readToken, writeToken } from '@perch/broker-bridge/enrolment.ts';
import { compilerOf } from '../build/compile-addon.ts';
import { hostTarget } from '../build/targets.ts';
import { lacking } from '../test/programs.ts';
import { embeddedBroker, House } from './house.ts';

test('a token is good for one card of one server, and the others say on console and status what to do', {
  timeout: 180_000,
  skip: lacking(compilerOf(hostTarget()).program),
}, async (t) => {
  const house = new House(await embeddedBroker());
  t.after(() => house.close());
  await house.open();
  const { token } = await house.json<{ token: string }>('enroll', 'pi-1');
  /** A card that was flashed with this token, switched on. */
  const card = async (name: string, text: string) => {
    const board = house.board(name, hostTarget().platform);
    mkdirSync(board.state, { mode: 0o700, recursive: true });
    writeFileSync(join(board.state, 'token'), text, { mode: 0o600 });
    await board.start();
    return board;
  };

  const first = await card('first', token);
  await first.says('the server lets this board in');
  assert.equal(existsSync(join(first.state, 'token')), false);
  assert.equal((await first.status()).trouble, null);

  const second = await card('second', token);
  await second.says(
    /not whitelisted: its token was used already or is too old; perch-server approve pi-1 --key/,
  );
  const [advice] = /perch-server approve pi-1 --key [0-9a-f-]+/.exec(
    String((await second.status()).trouble),
  )!;
  const { code, output } = await house.command(...advice.split(' ').slice(1));
  assert.equal(code, 0, output);
  await second.says('the server lets this board in');

  const serverKey = Buffer.from(primitives.generateKeyPair().publicKey).toString('base64url');
  const stranger = await card('stranger', writeToken({ ...readToken(token), alias: 'pi-2', serverKey }));
  await stranger.says(
    /no answer to Hello: the server is down, or is not the one that this board's token is from/,
  );
  assert.match(String((await stranger.status()).trouble), /not the one/);

  const cut = await card('cut', token.slice(0, -20));
  await cut.says(/the card's token .* is no use: the token is cut short or damaged; copy the whole of/);
  const { output: said } = await cut.command(['status']);
  assert.match(said, /the card's token .* is no use/);
});
