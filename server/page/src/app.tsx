import { useEffect, useState } from 'preact/hooks';
import { get, logIn } from './api.ts';
import type { Session } from './api-types.ts';
import { Shell } from './parts/shell.tsx';
import { ApiProblem, errorText } from './problem.ts';
import { session } from './session.ts';
import { Login } from './views/login.tsx';
import { Views } from './views.tsx';

/** The secret of a login link. It leaves the address at once, so that no history and no screenshot keeps it. */
function takeSecret(): string | undefined {
  const secret = /^#login=(.+)$/.exec(location.hash)?.[1];
  if (secret === undefined) return undefined;
  history.replaceState(null, '', location.pathname + location.search);
  return secret;
}

const secret = takeSecret();

/** Who is here, by the link or by the cookie. Gives what is wrong with the link, if something is. */
async function begin(): Promise<string | undefined> {
  let refused: string | undefined;
  if (secret !== undefined) {
    try {
      session.value = await logIn(secret);
      return undefined;
    } catch (error) {
      refused = errorText(error);
    }
  }
  session.value = await get<Session>('/session').catch((error: unknown) => {
    // Nobody is logged in: that is no fault.
    if (!(error instanceof ApiProblem && error.status === 401)) refused ??= errorText(error);
    return null;
  });
  return refused;
}

export function App() {
  const [refused, setRefused] = useState<string>();
  useEffect(() => {
    void begin().then(setRefused);
  }, []);
  if (session.value === undefined) return null;
  if (session.value === null) return <Login refused={refused} />;
  return (
    <Shell>
      <Views />
    </Shell>
  );
}
