import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackDebs } from '../rig/debs.ts';
import { SMALL_ROOT_PACKAGES } from '../rig/small-root.ts';
import { benchPackages, bytesOf, makeBenchCard, startsWith } from './board-card.ts';
import { brokerOf, type Contender, type Ground } from './board-contender.ts';

/** collectd and what its plugins mqtt and sensors need, which Debian only recommends. */
const WANTED = ['collectd-core', 'libmosquitto1', 'libsensors5', 'libsensors-config'];
/** What a Debian that is reached by ssh has without it. */
const OF_DEBIAN = ['debconf', 'sysvinit-utils', 'lsb-base', 'libcap2', 'libssl3'];

const configOf = ({ host, port }: { host: string; port: number }): string => `Hostname "board"
FQDNLookup false
Interval 1
LoadPlugin sensors
LoadPlugin mqtt
<Plugin mqtt>
  <Publish "bench">
    Host "${host}"
    Port ${port}
    Prefix "bench/collectd"
  </Publish>
</Plugin>
`;

/** Debian's collectd with the plugins sensors and mqtt. */
export async function collectd({ house, parts, watch }: Ground): Promise<Contender> {
  watch.progress("collectd: fetching Debian's packages");
  const packages = benchPackages();
  const [all, base] = [await packages.closure(WANTED), await packages.closure(SMALL_ROOT_PACKAGES)];
  const needed = all.filter((name) => !base.includes(name));
  const debs = await packages.fetch(needed);
  const own = debs.filter((_, index) => !OF_DEBIAN.includes(needed[index]!));
  const core = debs[needed.indexOf('collectd-core')]!;
  const field = (name: string): string =>
    execFileSync('dpkg-deb', ['--field', core, name], { encoding: 'utf8' }).trim();
  const folder = mkdtempSync(join(tmpdir(), 'perch-bench-collectd-'));
  try {
    unpackDebs(own, folder);
    return {
      name: 'collectd',
      title: `collectd ${field('Version')}`,
      sizes: {
        executable: statSync(join(folder, 'usr/sbin/collectd')).size,
        installed: bytesOf(folder),
        package: own.reduce((sum, deb) => sum + statSync(deb).size, 0),
        update: statSync(core).size,
      },
      hwmon: true,
      topic: 'bench/collectd/#',
      card: (path) =>
        makeBenchCard(path, parts, (root) => {
          unpackDebs(debs, root);
          mkdirSync(join(root, 'etc/collectd'), { recursive: true });
          writeFileSync(join(root, 'etc/collectd/collectd.conf'), configOf(brokerOf(house)));
          startsWith(root, '/usr/sbin/collectd -f');
        }),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
