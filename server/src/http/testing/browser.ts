import assert from 'node:assert/strict';
import type { HttpHouse } from './house.ts';

/** The secret of a link that logs in. */
export const SECRET = /#login=([\w-]{32})$/;

/** Logs a browser in by a link; gives what it would send from then on. */
export async function browser(house: HttpHouse, scope: 'read' | 'admin' = 'admin') {
  const { url } = await house.run('login', { scope });
  const secret = SECRET.exec(url)![1]!;
  const answer = await house.inject({ method: 'POST', url: '/api/v1/session', payload: { secret } });
  assert.equal(answer.status, 200, answer.text);
  const cookie = String(answer.headers['set-cookie']);
  return { secret, cookie, csrf: answer.json.csrf as string, sent: cookie.split(';')[0]! };
}
