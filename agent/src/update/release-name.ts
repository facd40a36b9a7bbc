const HASH_DIGITS = 12;

/** Folder name of a release: version and the start of the executable's SHA-256 in hex. */
export const releaseName = ({ version, sha256 }: { version: string; sha256: string }): string =>
  `${version}-${sha256.slice(0, HASH_DIGITS)}`;

/** The version in a folder name. */
export const versionOf = (name: string): string => name.slice(0, -HASH_DIGITS - 1);
