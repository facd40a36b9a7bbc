import { API, ownHeaders, refuse, withQuery } from './api.ts';

export interface Upload {
  query: Record<string, string | number | boolean | undefined>;
  file: Blob;
  /** `sent` of `total` bytes are on their way. */
  progress(sent: number, total: number): void;
  signal?: AbortSignal;
}

/** Sends a file, which fetch cannot tell the progress of. Throws as ask() does. */
export function upload<T>(at: string, { query, file, progress, signal }: Upload): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', withQuery(`${API}${at}`, query));
    request.setRequestHeader('content-type', 'application/octet-stream');
    for (const [name, value] of Object.entries(ownHeaders('POST'))) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => progress(loaded, total);
    request.onerror = () => reject(new TypeError('not reached'));
    request.onabort = () => reject(new Error('The upload was stopped.'));
    request.onload = () => {
      try {
        const body: unknown = request.responseText === '' ? undefined : JSON.parse(request.responseText);
        if (request.status >= 200 && request.status < 300) resolve(body as T);
        else refuse(request.status, body);
      } catch (error) {
        reject(error);
      }
    };
    signal?.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}
