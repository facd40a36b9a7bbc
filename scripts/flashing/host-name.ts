/** Longest label of a host's name (RFC 1123, section 2.1; Linux's own limit is 64). */
export const HOST_NAME_LIMIT = 63;

/** True for one label of letters, digits and dashes, as hostname(5) wants it. */
export const isHostName = (name: string): boolean =>
  name.length <= HOST_NAME_LIMIT && /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/.test(name);

/** A host's name made of an alias, which may have dots and underscores; undefined when nothing is left. Pure. */
export function hostNameOf(alias: string): string | undefined {
  const name = alias
    .replace(/[^A-Za-z0-9-]+/g, '-')
    .slice(0, HOST_NAME_LIMIT)
    .replace(/^-+|-+$/g, '');
  return isHostName(name) ? name : undefined;
}

/**
 * /etc/hosts with the host's name at 127.0.1.1, where Debian has it; the line of the name before is taken over. Pure.
 */
export function withHostName(hosts: string, name: string): string {
  const lines = hosts.split('\n');
  const at = lines.findIndex((line) => /^127\.0\.1\.1\s/.test(line));
  const line = `127.0.1.1\t${name}`;
  if (at >= 0) return lines.toSpliced(at, 1, line).join('\n');
  return `${hosts === '' ? '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n' : hosts.replace(/\n?$/, '\n')}${line}\n`;
}
