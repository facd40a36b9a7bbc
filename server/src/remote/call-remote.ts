import { openAsBlob } from 'node:fs';
import type { CommandArgs, CommandName } from '../commands/commands.ts';
import type { CommandProgress } from '../commands/context.ts';
import { CommandRefused } from '../commands/refusal.ts';
import type { Traits } from '../commands/traits.ts';
import { answerIn } from '../local-socket/answer.ts';
import { SILENCE_TIMEOUT_MS } from '../local-socket/wire.ts';

/** How long it is tried to take back files that no command needs any more, in ms. */
const TAKE_BACK_MS = 5_000;

/** A server that is reached by its HTTP API. */
export interface RemoteServer {
  /** Without a slash at its end. */
  url: string;
  token: string;
}

/** Has a server elsewhere run a command. Rejects as callLocal does, and with an Error when it cannot be reached. */
export async function callRemote<N extends CommandName>(
  server: RemoteServer,
  name: N,
  args: CommandArgs<N>,
  progress?: CommandProgress,
): Promise<unknown> {
  const { TRAITS } = await import('../commands/traits.ts');
  const { files = [] } = TRAITS[name] as Traits;
  const { sent, names } = await sendFiles(server, files, args as Record<string, unknown>);
  const response = await ask(server, `/commands/${name}`, 'application/json', JSON.stringify(sent)).catch(
    async (error: unknown) => {
      // Without an answer it may be at work with them.
      if (error instanceof CommandRefused) await takeBack(server, names);
      throw error;
    },
  );
  // The server says that it lives every few seconds; silence is a broken way.
  return answerIn(texts(response, SILENCE_TIMEOUT_MS), progress);
}

/** Sends the files that some arguments name. @returns the arguments with their names at the server, and those names */
async function sendFiles(
  server: RemoteServer,
  keys: readonly string[],
  args: Record<string, unknown>,
): Promise<{ sent: Record<string, unknown>; names: readonly string[] }> {
  const sent = { ...args };
  const names: string[] = [];
  const sendOne = async (path: unknown): Promise<string> => {
    const name = await send(server, String(path));
    names.push(name);
    return name;
  };
  try {
    for (const key of keys) {
      const value = sent[key];
      // One after the other: the server keeps so many at once, and all go the same way.
      if (Array.isArray(value)) {
        const all: string[] = [];
        for (const path of value) all.push(await sendOne(path));
        sent[key] = all;
      } else if (value !== undefined) sent[key] = await sendOne(value);
    }
  } catch (error) {
    await takeBack(server, names);
    throw error;
  }
  return { sent, names };
}

/** Has the server drop files. Where that fails they go by themselves after a while. */
async function takeBack({ url, token }: RemoteServer, names: readonly string[]): Promise<void> {
  const signal = AbortSignal.timeout(TAKE_BACK_MS);
  await Promise.allSettled(
    names.map((name) =>
      fetch(`${url}/api/v1/uploads/${name.replace('upload:', '')}`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${token}` },
        ...{ redirect: 'error', signal },
      }),
    ),
  );
}

/** Sends a file. @returns how a command names it */
async function send(server: RemoteServer, path: string): Promise<string> {
  let file: Blob;
  try {
    file = await openAsBlob(path);
  } catch (error) {
    throw new Error(
      `cannot read ${path} (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`,
    );
  }
  const response = await ask(server, '/uploads', 'application/octet-stream', file);
  const { id } = (await response.json()) as { id: string };
  return `upload:${id}`;
}

async function ask(
  { url, token }: RemoteServer,
  path: string,
  type: string,
  body: string | Blob,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`${url}/api/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': type },
      body,
      redirect: 'error',
    });
  } catch (error) {
    const { cause, message } = error as Error;
    const why = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : message;
    throw new Error(`${url} cannot be reached: ${why}`);
  }
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as { detail?: unknown };
  const detail = typeof problem.detail === 'string' ? problem.detail : undefined;
  throw new CommandRefused(
    detail ?? `${url} is no Perch server, or of another version (HTTP ${response.status})`,
  );
}

/** An answer's text as it comes. Rejects when nothing comes for `silenceMs`. */
async function* texts(response: Response, silenceMs: number): AsyncGenerator<string> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`the server at ${response.url} does not answer any more`)),
        silenceMs,
      );
    });
    try {
      const { done, value } = await Promise.race([reader.read(), silence]);
      if (done) return;
      yield value;
    } catch (error) {
      await reader.cancel().catch(() => undefined);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
