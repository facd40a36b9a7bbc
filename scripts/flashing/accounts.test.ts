import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type AccountFiles, addAccount, SYSTEM_IDS } from './accounts.ts';

const PERCH = {
  user: 'perch',
  comment: 'Perch agent',
  home: '/var/lib/perch',
  groups: ['i2c', 'dialout', 'gpio'],
};
const DAY = 20_700;

const RASPBERRY: AccountFiles = {
  passwd: 'root:x:0:0:root:/root:/bin/bash\nuuidd:x:999:995::/run/uuidd:/usr/sbin/nologin\n',
  group: 'root:x:0:\ndialout:x:20:pi\ni2c:x:998:pi\ngpio:x:997:\n',
  shadow: 'root:*:20000:0:99999:7:::\n',
  gshadow: 'root:*::\ndialout:!::pi\ni2c:!::pi\n',
};

describe('entering the user perch', () => {
  test('into the accounts of a Raspberry Pi: the highest free id, and a member of the groups that are there', () => {
    assert.deepEqual(addAccount(RASPBERRY, PERCH, DAY), {
      uid: 996,
      gid: 996,
      files: {
        passwd: `${RASPBERRY.passwd}perch:x:996:996:Perch agent:/var/lib/perch:/usr/sbin/nologin\n`,
        group: 'root:x:0:\ndialout:x:20:pi,perch\ni2c:x:998:pi,perch\ngpio:x:997:perch\nperch:x:996:\n',
        shadow: `${RASPBERRY.shadow}perch:!*:20700::::::\n`,
        gshadow: 'root:*::\ndialout:!::pi,perch\ni2c:!::pi,perch\nperch:!::\n',
      },
    });
  });

  test('into nothing: passwd and group are made, and no password could ever match', () => {
    const { files } = addAccount(
      { passwd: undefined, group: undefined, shadow: undefined, gshadow: undefined },
      PERCH,
      DAY,
    );
    assert.deepEqual(files, {
      passwd: 'root:x:0:0:root:/root:/bin/sh\nperch:*:999:999:Perch agent:/var/lib/perch:/usr/sbin/nologin\n',
      group: 'root:x:0:\nperch:x:999:\ni2c:x:998:perch\ndialout:x:20:perch\ngpio:x:997:perch\n',
      shadow: undefined,
      gshadow: undefined,
    });
  });

  test('a user that is there keeps its ids, and a group without its user is taken', () => {
    const user = { ...RASPBERRY, passwd: `${RASPBERRY.passwd}perch:x:123:45::/home/perch:/bin/sh\n` };
    const known = addAccount(user, PERCH, DAY);
    assert.deepEqual([known.uid, known.gid, known.files.passwd], [123, 45, user.passwd]);
    const group = { ...RASPBERRY, group: `${RASPBERRY.group}perch:x:321:\n` };
    assert.equal(addAccount(group, PERCH, DAY).gid, 321);
  });

  test('lines of other sources (+) stay the last ones', () => {
    const { files } = addAccount({ ...RASPBERRY, passwd: 'root:x:0:0::/:/bin/sh\n+::::::\n' }, PERCH, DAY);
    assert.match(files.passwd ?? '', /^root.*\nperch.*\n\+::::::\n$/);
  });

  test('no free id, or a damaged line, is said', () => {
    const ids = Array.from({ length: 900 }, (_, index) => SYSTEM_IDS.first + index);
    const full = ids.map((id) => `u${id}:x:${id}:0::/:/bin/sh\n`).join('');
    assert.throws(() => addAccount({ ...RASPBERRY, passwd: full }, PERCH, DAY), /no free id from 100 to 999/);
    const damaged = { ...RASPBERRY, passwd: 'perch:x:abc:1::/:/bin/sh\n' };
    assert.throws(() => addAccount(damaged, PERCH, DAY), /line of perch.*is damaged/);
  });

  test('whatever is there stays, in its order; ids are unique; a second time changes nothing', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9]{0,7}$/);
    const id = fc.integer({ min: 0, max: 1100 });
    const passwd = fc.uniqueArray(fc.tuple(name, id, id), { maxLength: 30, selector: ([one]) => one });
    const group = fc.uniqueArray(fc.tuple(name, id, fc.array(name, { maxLength: 3 })), {
      maxLength: 30,
      selector: ([one]) => one,
    });
    fc.assert(
      fc.property(passwd, group, fc.boolean(), (users, groups, shadows) => {
        const others = users.filter(([one]) => one !== 'perch');
        const before: AccountFiles = {
          passwd: others.map(([one, uid, gid]) => `${one}:x:${uid}:${gid}::/:/bin/sh\n`).join(''),
          group: groups.map(([one, gid, members]) => `${one}:x:${gid}:${members.join(',')}\n`).join(''),
          shadow: shadows ? others.map(([one]) => `${one}:*:1::::::\n`).join('') : undefined,
          gshadow: shadows
            ? groups.map(([one, , members]) => `${one}:!::${members.join(',')}\n`).join('')
            : undefined,
        };
        const once = addAccount(before, PERCH, DAY);
        assert.deepEqual(addAccount(once.files, PERCH, DAY + 1), once);
        const after = (once.files.passwd ?? '').split('\n');
        assert.deepEqual(after.slice(0, -2), (before.passwd ?? '').split('\n').slice(0, -1));
        assert.ok(others.every(([, uid]) => uid !== once.uid));
        const lines = (once.files.group ?? '').split('\n').filter(Boolean);
        for (const [index, [one, gid, members]] of groups.entries())
          assert.ok(lines[index]?.startsWith(`${one}:x:${gid}:${members.join(',')}`));
        const added = lines.slice(groups.length).map((line) => Number(line.split(':')[2]));
        const taken = groups.map(([, gid]) => gid);
        assert.ok(added.every((gid, index) => !taken.includes(gid) && added.indexOf(gid) === index));
        for (const wanted of PERCH.groups)
          assert.ok(
            lines.some(
              (line) => line.startsWith(`${wanted}:`) && line.split(':')[3]?.split(',').includes('perch'),
            ),
          );
      }),
      { numRuns: 500 },
    );
  });
});
