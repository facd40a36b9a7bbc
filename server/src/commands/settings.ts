import { DEFAULT_PREFIX } from '@perch/broker-bridge/protocol/topics.ts';
import type { Store } from '../store/contract.ts';
import type { TokenSettings } from './context.ts';

/** What tokens carry until a server ran and said how boards reach its broker. */
export const DEFAULT_BROKER = 'mqtt://127.0.0.1:1883';

/** Where the page is until a server ran and said so. */
export const DEFAULT_PAGE = 'http://127.0.0.1:8080';

/** Remembers how boards reach the broker, so that `enroll` knows it while no server runs. */
export async function saveTokenSettings(store: Store, settings: TokenSettings): Promise<void> {
  await store.setSetting('token.broker', settings.broker);
  await store.setSetting('token.prefix', settings.prefix);
  await store.setSetting('token.ca', settings.ca ?? '');
  await store.setSetting('http.page', settings.page);
}

export async function loadTokenSettings(store: Store): Promise<TokenSettings> {
  const ca = await store.getSetting('token.ca');
  return {
    broker: (await store.getSetting('token.broker')) ?? DEFAULT_BROKER,
    prefix: (await store.getSetting('token.prefix')) ?? DEFAULT_PREFIX,
    page: (await store.getSetting('http.page')) ?? DEFAULT_PAGE,
    ...(ca ? { ca } : {}),
  };
}
