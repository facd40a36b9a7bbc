import { NOTES } from '@perch/broker-bridge/protocol/agent-rounds.ts';

/**
 * What a person can do for a board that the server does not let in: goes behind what its rounds note, on its console and in its
 * status. Undefined for a note that is about something else. Pure.
 * @param secret the board still has its token's secret, as no server took it
 */
export function adviceOn(
  note: string,
  { alias, fingerprint, secret }: { alias: string; fingerprint: string; secret: boolean },
): string | undefined {
  switch (note) {
    case NOTES.refused: {
      const used = secret ? 'its token was used already or is too old; ' : '';
      return `${used}perch-server approve ${alias} --key ${fingerprint} lets it in`;
    }
    case NOTES.unanswered:
      return "the server is down, or is not the one that this board's token is from";
    default:
      return undefined;
  }
}
