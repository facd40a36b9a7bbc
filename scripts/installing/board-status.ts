/** What `perch-agent status --json` says, as far as installing is concerned. */
export interface BoardStatus {
  accepted: boolean;
  /** For the person: how far it is, and what to do. */
  text: string;
}

/** Reads one line of `perch-agent status --json`. Pure; what is no such line says nothing. */
export function judgeStatus(line: string): BoardStatus | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('running' in value)) return undefined;
  const { running, phase, alias, broker } = value as Record<string, unknown>;
  const name = typeof alias === 'string' ? alias : 'this board';
  const at = typeof broker === 'string' ? broker : 'the broker';
  if (running !== true)
    return { accepted: false, text: 'the agent does not run; on the board: journalctl -u perch-agent' };
  switch (phase) {
    case 'idle':
    case 'reporting':
      return { accepted: true, text: `${name} is accepted and reports to ${at}` };
    case 'refused':
      return {
        accepted: false,
        text: `the server does not let ${name} in yet; compare its key, then: perch-server approve ${name}`,
      };
    case 'offline':
      return { accepted: false, text: `${at} is not reached from the board; it keeps trying` };
    default:
      return { accepted: false, text: `${at} is reached, and the server does not answer; does it run?` };
  }
}
