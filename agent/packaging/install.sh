#!/bin/sh
# Installs the Perch agent where there is no dpkg, or takes it away. Beside it lie root/ (the files), `files` (their modes and
# paths) and `release`. A copy stays on the board in /usr/lib/perch-agent, for --uninstall.
set -eu

usage() {
  cat <<'END'
usage: sh install.sh [--destdir DIR]              install, or upgrade what is there
       sh install.sh --uninstall [--destdir DIR]  take the program away; identity and records stay
       sh install.sh --purge [--destdir DIR]      the same, with identity and records

  --destdir DIR  the root of another system, such as an image that is mounted;
                 nothing is started there

The service is made for systemd, OpenRC, sysvinit or busybox, whichever is there.
Debian, Raspberry Pi OS and Ubuntu have the .deb instead.
END
}

die() {
  echo "install.sh: $1" >&2
  exit 1
}

action=install dest=''
while [ $# -gt 0 ]; do
  case $1 in
    --uninstall | --purge) action=${1#--} ;;
    --destdir)
      [ $# -ge 2 ] || die '--destdir takes a folder'
      dest=${2%/}
      shift
      [ -d "$dest/" ] || die "$dest is not a folder"
      ;;
    --help | -h)
      usage
      exit 0
      ;;
    *)
      usage >&2
      exit 2
      ;;
  esac
  shift
done

here=$(cd "$(dirname "$0")" && pwd)
lib=/usr/lib/perch-agent
state=/var/lib/perch
unit=perch-agent.service
wants=/etc/systemd/system/multi-user.target.wants
inittab=$dest/etc/inittab
added='perch-agent, by install.sh' # marks our lines in inittab
live=1 upgrade='' # upgrade: it is there already
if [ -n "$dest" ]; then live=''; fi
if [ -e "$dest$lib/files" ]; then upgrade=1; fi

[ "$(id -u)" -eq 0 ] || die 'this needs root: run it with sudo'
if [ -e "$dest/var/lib/dpkg/info/perch-agent.md5sums" ]; then
  die 'the Debian package perch-agent is installed here: use apt to change or remove it'
fi

# Several may be there: the one that runs counts, else what the system would run.
init_system() {
  if [ -n "$live" ] && [ -d /run/systemd/system ]; then echo systemd && return; fi
  if [ -n "$live" ] && [ -d /run/openrc ]; then echo openrc && return; fi
  case $(readlink "$dest/sbin/init" || true) in
    *systemd) echo systemd && return ;;
    *busybox) if [ ! -e "$dest/sbin/openrc-run" ]; then echo busybox && return; fi ;;
  esac
  if [ -e "$dest/sbin/openrc-run" ] || [ -e "$dest/usr/sbin/openrc-run" ]; then
    echo openrc
  elif [ -e "$inittab" ] && grep -q '^[^#:]*:[^:]*:initdefault:' "$inittab"; then
    echo sysvinit
  elif [ -e "$inittab" ]; then
    echo busybox
  elif [ -e "$dest/usr/lib/systemd/systemd" ] || [ -e "$dest/lib/systemd/systemd" ]; then
    echo systemd
  else
    echo none
  fi
}

# The line of inittab that starts the agent again whenever it ends.
inittab_line() {
  case $init in
    sysvinit) echo "prch:2345:respawn:$lib/start" ;;
    busybox) echo "::respawn:$lib/start" ;;
  esac
}

# init reads its table again; what is no longer there is ended.
reread_inittab() {
  # In a container or a chroot, process 1 is none of ours.
  if [ -z "$live" ] || [ "$(cat /proc/1/comm 2>/dev/null)" != init ]; then return 0; fi
  if [ "$init" = sysvinit ]; then init q >/dev/null 2>&1 || true; else kill -HUP 1 || true; fi
}

without_our_lines() {
  sed "/^# $added\$/{N;d;}" "$inittab"
}

# Replaces a file by standard input in one step; owner and mode stay.
replace() {
  cp -p "$1" "$1.perch-new"
  cat >"$1.perch-new"
  sync
  mv "$1.perch-new" "$1"
}

stop_service() {
  [ -n "$live" ] || return 0
  case $init in
    systemd) [ ! -d /run/systemd/system ] || systemctl stop "$unit" 2>/dev/null || true ;;
    openrc) rc-service perch-agent stop >/dev/null 2>&1 || true ;;
    sysvinit | busybox)
      if grep -q "^# $added\$" "$inittab"; then
        without_our_lines | replace "$inittab"
        reread_inittab
        # busybox's init lets run what it no longer knows.
        end_processes
      fi
      ;;
  esac
}

# The processes of the user perch, told to end; those that do not within 45 s are killed.
end_processes() {
  number=$(id -u perch 2>/dev/null) || return 0
  left=45 signal=TERM
  while :; do
    ours=''
    for status in /proc/[0-9]*/status; do
      if grep -q "^Uid:[[:space:]]*${number}[[:space:]]" "$status" 2>/dev/null; then
        process=${status#/proc/}
        ours="$ours ${process%/status}"
      fi
    done
    [ -n "$ours" ] || return 0
    if [ "$left" -eq 0 ]; then signal=KILL; fi
    if [ "$left" -eq 45 ] || [ "$signal" = KILL ]; then
      # shellcheck disable=SC2086 # they are words
      kill "-$signal" $ours 2>/dev/null || true
    fi
    if [ "$signal" = KILL ]; then return 0; fi
    sleep 1
    left=$((left - 1))
  done
}

remove_service() {
  stop_service
  case $init in
    systemd)
      rm -f "$dest$wants/$unit"
      ;;
    openrc)
      rm -f "$dest/etc/init.d/perch-agent" "$dest/etc/runlevels/default/perch-agent"
      ;;
    sysvinit | busybox)
      if grep -q "^# $added\$" "$inittab"; then without_our_lines | replace "$inittab"; fi
      ;;
  esac
}

uninstall() {
  [ -n "$upgrade" ] || die "nothing to remove: there is no $dest$lib/files"
  remove_service
  while read -r _ path; do rm -f "$dest$path"; done <"$dest$lib/files"
  rm -f "$dest$lib/files" "$dest$lib/install.sh"
  rmdir "$dest$lib" "$dest/usr/share/doc/perch-agent" 2>/dev/null || true
  if [ -n "$live" ] && [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi
  if [ "$action" = purge ]; then
    # The folder may be a disk of its own, which cannot be removed.
    if [ -d "$dest$state" ]; then
      rm -rf "$dest${state:?}"/* "$dest$state"/.[!.]* "$dest$state"/..?*
      rmdir "$dest$state" 2>/dev/null || true
    fi
    echo 'The Perch agent is removed, with its identity and records. The user perch stays.'
  else
    echo "The Perch agent is removed. Identity and records are in $dest$state."
  fi
}

word_of() { sed -n "s/^$1 //p" "$here/release"; }

check_machine() {
  platform=$(word_of platform)
  # Of an image the programs tell, not this machine.
  if [ -n "$live" ]; then machine=$(uname -m); else machine=$(machine_of_image); fi
  case $platform:$machine in
    linux-x64:x86_64 | linux-arm64:aarch64) ;;
    *) die "this is the agent for $platform, and this machine is ${machine:-none that it knows}; get the archive for it" ;;
  esac
  [ -n "$live" ] || return 0
  # A system on a 64-bit kernel may still be a 32-bit one, or have another C library.
  if ! said=$("$here/root/usr/bin/perch-agent" --version 2>&1); then
    die "the agent does not run here: $(printf '%s' "$said" | head -n 1); it needs glibc 2.28 or newer and libstdc++, both 64-bit"
  fi
  # Debian's busybox for one has no cksum, and without it the launcher could not believe the file that says what to start.
  for tool in cat cksum cut mv od sed sleep sync tr; do
    command -v "$tool" >/dev/null || die "there is no $tool here, which perch-launcher needs; install coreutils, or a busybox that has it"
  done
}

# e_machine of the shell there.
machine_of_image() {
  shell=$dest/bin/sh
  while [ -L "$shell" ]; do
    link=$(readlink "$shell")
    case $link in
      /*) shell=$dest$link ;;
      *) shell=$(dirname "$shell")/$link ;;
    esac
  done
  case $(od -An -j18 -N2 -tx1 "$shell" 2>/dev/null | tr -d ' ') in
    3e00) echo x86_64 ;;
    b700) echo aarch64 ;;
  esac
}

known() { grep -q "^$2:" "$dest/etc/$1"; }

# The system's own tools, where it has them; of an image only those that take it as it lies there.
make_user() {
  groups='i2c dialout gpio'
  for group in $groups perch; do
    if known group "$group"; then continue; fi
    if command -v groupadd >/dev/null; then
      groupadd ${dest:+--prefix "$dest"} --system "$group"
    else
      append_group "$group"
    fi
  done
  nologin=/usr/sbin/nologin
  if [ ! -e "$dest$nologin" ]; then nologin=/sbin/nologin; fi
  if ! known passwd perch; then
    if command -v useradd >/dev/null; then
      useradd ${dest:+--prefix "$dest"} --system --gid perch --home-dir "$state" --no-create-home \
        --shell "$nologin" --comment 'Perch agent' perch
    else
      append_user
    fi
  fi
  for group in $groups; do
    if grep -q "^$group:.*[:,]perch\(,\|\$\)" "$dest/etc/group"; then continue; fi
    if command -v usermod >/dev/null; then
      usermod ${dest:+--prefix "$dest"} -a -G "$group" perch
    else
      sed "/^$group:/s/[^:]\$/&,/; /^$group:/s/\$/perch/" "$dest/etc/group" | replace "$dest/etc/group"
    fi
  done
}

# The highest number of the system's own that neither a user nor a group has.
free_number() {
  cat "$dest/etc/passwd" "$dest/etc/group" |
    awk -F : '{ taken[$3] = 1 } END { for (i = 999; i > 100; i--) if (!(i in taken)) { print i; exit } }'
}

append() { { cat "$dest/etc/$1" && echo "$2"; } | replace "$dest/etc/$1"; }

append_group() {
  append group "$1:x:$(free_number):"
  if [ -e "$dest/etc/gshadow" ]; then append gshadow "$1:!::"; fi
}

append_user() {
  gid=$(sed -n 's/^perch:[^:]*:\([0-9]*\):.*/\1/p' "$dest/etc/group")
  append passwd "perch:x:$(free_number):$gid:Perch agent:$state:$nologin"
  if [ -e "$dest/etc/shadow" ]; then append shadow 'perch:!:1::::::'; fi
}

make_state_folder() {
  mkdir -p "$dest$state"
  # By number: an image has its own users.
  chown "$(sed -n 's/^perch:[^:]*:\([0-9]*\):\([0-9]*\):.*/\1:\2/p' "$dest/etc/passwd")" "$dest$state"
  chmod 0700 "$dest$state"
}

# Each file is replaced in one step: what runs from the old one goes on.
put() {
  mkdir -p "$dest$(dirname "$2")"
  cp "$3" "$dest$2.perch-new"
  chown 0:0 "$dest$2.perch-new"
  chmod "$1" "$dest$2.perch-new"
  mv -f "$dest$2.perch-new" "$dest$2"
}

put_files() {
  old=''
  if [ -n "$upgrade" ]; then old=$(sed 's/^[0-7]* //' "$dest$lib/files"); fi
  while read -r mode path; do put "$mode" "$path" "$here/root$path"; done <"$here/files"
  for path in $old; do
    grep -q "^[0-7]* $path\$" "$here/files" || rm -f "$dest$path"
  done
  put 0644 "$lib/files" "$here/files"
  put 0755 "$lib/install.sh" "$here/install.sh"
  sync
}

# A newer package is meant to run, in place of an older release that came over the air.
use_packaged() {
  [ -n "$live" ] || return 0
  su -s /bin/sh perch -c "$lib/use-packaged '$(word_of version)'" || true
}

start_service() {
  case $init in
    systemd)
      # Who disabled it finds it disabled after an upgrade.
      if [ -z "$upgrade" ]; then
        mkdir -p "$dest$wants"
        ln -sf "/usr/lib/systemd/system/$unit" "$dest$wants/$unit"
      fi
      if [ -n "$live" ] && [ -d /run/systemd/system ]; then
        systemctl daemon-reload
        systemctl start "$unit" || true
      fi
      ;;
    openrc)
      put 0755 /etc/init.d/perch-agent "$here/perch-agent.openrc"
      mkdir -p "$dest/etc/runlevels/default"
      ln -sf /etc/init.d/perch-agent "$dest/etc/runlevels/default/perch-agent"
      if [ -n "$live" ] && [ -d /run/openrc ]; then rc-service perch-agent start || true; fi
      ;;
    sysvinit | busybox)
      {
        without_our_lines
        echo "# $added"
        inittab_line
      } | replace "$inittab"
      reread_inittab
      ;;
    none)
      echo "No init system that this script knows: have $lib/start started at boot, and again whenever it ends."
      ;;
  esac
}

open_devices() {
  [ -n "$live" ] || return 0
  modprobe -q i2c-dev 2>/dev/null || true
  [ -S /run/udev/control ] || return 0
  udevadm control --reload || true
  udevadm trigger --action=change --subsystem-match=i2c-dev --subsystem-match=gpio || true
}

init=$(init_system)
case $action in
  install)
    [ -e "$here/release" ] || die "there is nothing to install beside $0: run the one in the unpacked archive"
    check_machine
    stop_service
    make_user
    make_state_folder
    put_files
    open_devices
    use_packaged
    start_service
    echo "The Perch agent $(word_of version) is installed${dest:+ in $dest} (init: $init)."
    if [ ! -e "$dest$state/identity.json" ] && [ ! -e "$dest$state/token" ]; then
      echo "Next: put this board's token, one line, into $dest$state/token; then start the service, or the board anew."
    fi
    ;;
  *) uninstall ;;
esac
