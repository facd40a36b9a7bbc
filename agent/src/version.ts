import packageJson from '../package.json' with { type: 'json' };

/** Put in by the build (scripts/build/bundle.ts); absent when the agent runs from source. */
declare const PERCH_VERSION: string | undefined;

/** Version of this agent, such as 0.2.0: the build's, or that of agent/package.json when run from source. */
export const VERSION: string = typeof PERCH_VERSION === 'string' ? PERCH_VERSION : packageJson.version;
