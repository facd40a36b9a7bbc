import { STATE_FOLDER } from '../package/payload.ts';

const AS_PERCH = 'su -s /bin/sh perch -c';

/** Makes a folder that only this user can look into, and prints its path. */
export const MAKE_FOLDER = 'umask 077; mktemp -d /var/tmp/perch-install-XXXXXX';

/** Takes standard input as the file $1. */
export const TAKE_FILE = 'umask 077; cat >"$1"';

export const REMOVE_FOLDER = 'rm -rf -- "$1"';

/**
 * As root. $1: the folder; $2: deb or tar.gz; $3: `token` when standard input has one; $4: what turns I2C on: `raspi-config`,
 * the path of config.txt, which the folder has a new one of, or nothing. The one line on standard output is what enrolling said.
 */
export const INSTALL = `
set -eu
export DEBIAN_FRONTEND=noninteractive
case $2 in
  deb)
    # What it depends on is part of every Debian; where it is not, apt brings it.
    dpkg --install "$1/perch-agent.deb" </dev/null ||
      apt-get install --yes --no-install-recommends --fix-broken </dev/null
    ;;
  *)
    tar -xzf "$1/perch-agent.tar.gz" -C "$1"
    sh "$1"/perch-agent-*/install.sh </dev/null
    ;;
esac >&2
if [ "$3" = token ]; then
  ${AS_PERCH} '/usr/bin/perch-agent enroll - --json --state ${STATE_FOLDER}'
fi
case $4 in
  '') ;;
  raspi-config) raspi-config nonint do_i2c 0 </dev/null ;;
  *)
    # The boot partition is a FAT: its files have no owners, and a rename is what it has for a safe write.
    cp "$1/config.txt" "$4.new"
    sync
    mv "$4.new" "$4"
    sync
    ;;
esac >&2
if [ -d /run/systemd/system ]; then systemctl restart perch-agent.service >&2; fi
`;

/** As root. Prints the agent's status every second, $1 times. */
export const WATCH_STATUS = `
left=$1
while [ "$left" -gt 0 ]; do
  ${AS_PERCH} '/usr/bin/perch-agent status --json --state ${STATE_FOLDER}' 2>/dev/null </dev/null
  echo
  left=$((left - 1))
  sleep 1
done
`;
/** Seconds between two of its lines. */
export const WATCH_SECONDS = 1;
