import type { Setting } from './settings.ts';

/** Where points are posted to, and the headers that let in. No secret is in the URL. */
export interface InfluxTarget {
  url: string;
  headers: Record<string, string>;
  ca?: string;
}

/** The write endpoint of InfluxDB 2 (token) or 1 (database) that a checked setting names. Pure. */
export function influxTarget(setting: Setting<'influxdb'>): InfluxTarget {
  const { org, bucket, token, database, username, password, ca } = setting;
  const base = setting.url!.replace(/\/+$/, '');
  const authority = ca === undefined ? {} : { ca };
  const headers = { 'content-type': 'text/plain; charset=utf-8' };
  if (database === undefined) {
    const query = new URLSearchParams({ org: org!, bucket: bucket!, precision: 'ms' });
    return {
      url: `${base}/api/v2/write?${query}`,
      headers: { ...headers, authorization: `Token ${token}` },
      ...authority,
    };
  }
  const query = new URLSearchParams({ db: database, precision: 'ms' });
  const known = username === undefined ? undefined : Buffer.from(`${username}:${password ?? ''}`);
  return {
    url: `${base}/write?${query}`,
    headers: { ...headers, ...(known ? { authorization: `Basic ${known.toString('base64')}` } : {}) },
    ...authority,
  };
}
