import { API, bodyOf, ownHeaders, refuse, withQuery, withSession } from './api.ts';

export interface Upload {
  query: Record<string, string | number | boolean | undefined>;
  file: Blob;
  /** `sent` of `total` bytes are on their way. */
  progress(sent: number, total: number): void;
  /** Stops it. */
  signal: AbortSignal;
}

/** Sends a file, which fetch cannot tell the progress of. Throws as ask() does. */
export async function upload<T>(at: string, { query, file, progress, signal }: Upload): Promise<T> {
  const send = () =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      signal.throwIfAborted();
      const request = new XMLHttpRequest();
      request.open('POST', withQuery(`${API}${at}`, query));
      request.setRequestHeader('content-type', 'application/octet-stream');
      for (const [name, value] of Object.entries(ownHeaders('POST'))) request.setRequestHeader(name, value);
      request.upload.onprogress = ({ loaded, total }) => progress(loaded, total);
      request.onerror = () => reject(new TypeError('not reached'));
      request.onabort = () => reject(signal.reason);
      request.onload = () => resolve({ status: request.status, text: request.responseText });
      signal.addEventListener('abort', () => request.abort(), { once: true });
      request.send(file);
    });
  const { status, text } = await withSession(send);
  const body = bodyOf(text);
  if (status < 200 || status >= 300) refuse(status, body);
  return body as T;
}
