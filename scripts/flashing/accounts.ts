import { BoardError } from './board-error.ts';

/** Texts of a board's account files; undefined: there is none (passwd(5), group(5), shadow(5), gshadow(5)). */
export interface AccountFiles {
  passwd: string | undefined;
  group: string | undefined;
  shadow: string | undefined;
  gshadow: string | undefined;
}

export interface Account {
  user: string;
  /** What stands in the comment field. */
  comment: string;
  home: string;
  /** Groups beside its own; those that are missing are made. */
  groups: readonly string[];
}

/** Ids of system users and groups, the highest taken first, as systemd-sysusers and useradd --system do. */
export const SYSTEM_IDS = { first: 100, last: 999 } as const;

/** Ids that Debian has given for good (base-passwd); others of the same name are taken where they stand. */
const FIXED_GIDS: Record<string, number> = { dialout: 20 };

const NOLOGIN = '/usr/sbin/nologin';

const linesOf = (text: string): string[] =>
  text.split('\n').filter((line, at, all) => line !== '' || at < all.length - 1);
const fieldsOf = (line: string): string[] => line.split(':');
const find = (lines: readonly string[], name: string): string[] | undefined =>
  lines.map(fieldsOf).find(([first]) => first === name);
const idsOf = (lines: readonly string[]): Set<number> =>
  new Set(lines.map((line) => Number(fieldsOf(line)[2])));

/** A line more, before what says that other sources come next (`+` of nsswitch's compat). */
function withLine(lines: readonly string[], line: string): string[] {
  const rest = lines.findIndex((one) => one.startsWith('+'));
  return rest < 0 ? [...lines, line] : lines.toSpliced(rest, 0, line);
}

function freeId(taken: readonly ReadonlySet<number>[]): number {
  for (let id = SYSTEM_IDS.last; id >= SYSTEM_IDS.first; id -= 1)
    if (taken.every((ids) => !ids.has(id))) return id;
  throw new BoardError(
    'TOOL_FAILED',
    `the image has no free id from ${SYSTEM_IDS.first} to ${SYSTEM_IDS.last} for a system user; remove some`,
  );
}

/** Adds a member to the last field of a group's line, once. */
function withMember(lines: readonly string[], group: string, user: string): string[] {
  return lines.map((line) => {
    const fields = fieldsOf(line);
    if (fields[0] !== group || fields.length !== 4) return line;
    const members = fields[3]!.split(',').filter(Boolean);
    return members.includes(user) ? line : [...fields.slice(0, 3), [...members, user].join(',')].join(':');
  });
}

const isId = (text: string | undefined): text is string => text !== undefined && /^\d{1,10}$/.test(text);

/**
 * Enters a system user, its own group and its other groups. What is there stays as it is and where it is; a second time
 * changes nothing. Files that are missing stay missing, but for passwd and group. Pure.
 * `day`: days since 1970, for the password's age.
 * @returns the new texts and the user's ids. @throws BoardError when no id is free or a line of that user is damaged
 */
export function addAccount(
  files: AccountFiles,
  account: Account,
  day: number,
): { files: AccountFiles; uid: number; gid: number } {
  const { user } = account;
  let passwd = linesOf(files.passwd ?? 'root:x:0:0:root:/root:/bin/sh\n');
  let group = linesOf(files.group ?? 'root:x:0:\n');
  let shadow = files.shadow === undefined ? undefined : linesOf(files.shadow);
  let gshadow = files.gshadow === undefined ? undefined : linesOf(files.gshadow);

  const addGroup = (name: string, id: number): void => {
    group = withLine(group, `${name}:x:${id}:`);
    if (gshadow !== undefined && find(gshadow, name) === undefined)
      gshadow = withLine(gshadow, `${name}:!::`);
  };
  const known = find(passwd, user);
  const own = find(group, user);
  if ((known !== undefined && !(isId(known[2]) && isId(known[3]))) || (own !== undefined && !isId(own[2])))
    throw new BoardError(
      'TOOL_FAILED',
      `the line of ${user} in the image's /etc/passwd or /etc/group is damaged`,
    );

  const uid =
    known === undefined ? freeId([idsOf(passwd), ...(own ? [] : [idsOf(group)])]) : Number(known[2]);
  if (own === undefined && known === undefined) addGroup(user, uid);
  const gid = Number(known?.[3] ?? own?.[2] ?? uid);
  if (known === undefined) {
    const password = shadow === undefined ? '*' : 'x';
    passwd = withLine(passwd, [user, password, uid, gid, account.comment, account.home, NOLOGIN].join(':'));
    if (shadow !== undefined && find(shadow, user) === undefined)
      shadow = withLine(shadow, `${user}:!*:${day}::::::`);
  }
  for (const name of account.groups) {
    if (find(group, name) === undefined) {
      const fixed = FIXED_GIDS[name];
      addGroup(name, fixed !== undefined && !idsOf(group).has(fixed) ? fixed : freeId([idsOf(group)]));
    }
    group = withMember(group, name, user);
    if (gshadow !== undefined) gshadow = withMember(gshadow, name, user);
  }
  const text = (lines: string[] | undefined): string | undefined => lines && `${lines.join('\n')}\n`;
  return {
    files: { passwd: text(passwd), group: text(group), shadow: text(shadow), gshadow: text(gshadow) },
    uid,
    gid,
  };
}
