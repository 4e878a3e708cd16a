#!/usr/bin/env bash
# Boots systemd in an empty Debian 12 and looks how the package fares under it: started, reloaded, hung, stopped with
# people inside, updated while it runs, and its backup. It runs in namespaces and a control group of its own: no port,
# process or package of this machine is touched.
#
#   make deb && sudo tools/under_systemd.sh [FOLDER]
#
# Needs root, debootstrap, and Debian's packages. FOLDER keeps the empty Debian for the next time.
set -euo pipefail

export DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
GROUPS_OF=$(findmnt --noheadings --first-only --output TARGET --types cgroup2 || true)

say() { printf '\n--- %s\n' "$*"; }

value() { systemctl show xr --property "$1" --value; }

until_true() { # SECONDS COMMAND...
    local deadline=$((SECONDS + $1))
    shift
    until "$@" > /dev/null 2>&1; do
        [ $SECONDS -lt $deadline ] || { echo "not within the time: $*" >&2; return 1; }
        sleep 0.2
    done
}

is_another() { [ "$(value MainPID)" != "$1" ] && systemctl is-active --quiet xr; }

is_up() { systemctl is-system-running | grep -E '^(running|degraded)$'; }

people() { xr bots --url http://127.0.0.1:8000 --room "$room" --count 20 --seconds "$1" > /root/people.log 2>&1 & }

poses() { python3 -c "import sqlite3; print(*sqlite3.connect('/var/lib/xr/xr.db').execute('SELECT count(*) FROM poses').fetchone())"; }

look() { # in the machine that has booted
    local before began
    until_true 60 is_up
    say 'installed: started, and ready'
    apt-get install -y -qq --no-install-recommends /root/xr-rooms_*.deb > /root/apt.log 2>&1
    systemctl is-active xr.service xr-backup.timer
    systemd-analyze security --no-pager xr.service | tail -n 1
    systemd-analyze security --no-pager xr-backup.service | tail -n 1

    say 'reloaded: the same process'
    before=$(value MainPID)
    systemctl reload xr
    [ "$(value MainPID)" = "$before" ]

    say 'a backup'
    systemctl start xr-backup.service
    ls -l /var/lib/xr-backup

    say 'it stands still: the watchdog starts it again'
    began=$SECONDS
    kill -STOP "$before"
    until_true 90 is_another "$before"
    echo "after $((SECONDS - began)) s, starts again: $(value NRestarts)"

    say 'stopped with 20 people inside'
    room=$(xr rooms create 'Tea house')
    people 30
    sleep 8
    began=${EPOCHREALTIME/./}
    systemctl stop xr
    echo "in $(((${EPOCHREALTIME/./} - began) / 1000)) ms, $(value Result), exit $(value ExecMainStatus), poses on disk: $(poses)"
    [ "$(poses)" = 20 ]
    wait

    say 'updated while it runs'
    systemctl start xr
    before=$(value MainPID)
    dpkg -i /root/xr-rooms_*.deb
    until_true 60 is_another "$before"

    say 'its port is taken: it tries again until that is free'
    systemctl stop xr
    python3 -m http.server --bind 127.0.0.1 8000 > /dev/null 2>&1 &
    before=$!
    sleep 1
    ! systemctl start xr
    journalctl --unit xr --priority err --no-pager --lines 1
    kill "$before"
    until_true 60 systemctl is-active xr

    say 'warnings in the journal'
    journalctl --unit xr --unit xr-backup --priority warning --no-pager
}

boot() { # FOLDER: becomes the first process of the machine; in namespaces of its own
    local each
    mount --bind "$1" "$1"
    cd "$1"
    mount -t proc proc proc
    mount --bind proc/sys proc/sys && mount -o remount,bind,ro proc/sys # the numbers are the whole machine's
    mount -t sysfs -o ro sysfs sys
    mount -t cgroup2 cgroup2 sys/fs/cgroup
    for each in run tmp dev; do mount -t tmpfs tmpfs $each; done
    for each in null zero full random urandom tty; do cp -a "/dev/$each" dev/; done
    mkdir dev/pts dev/shm
    mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
    ln -s pts/ptmx dev/ptmx
    ln -s /proc/self/fd dev/fd
    ip link set lo up
    pivot_root . mnt
    umount -l mnt
    exec env -i container=xr TERM=dumb PATH="$PATH" /lib/systemd/systemd --system < /dev/null
}

prepare() {
    [ -f "$folder/systemd.tar" ] || {
        debootstrap --variant=minbase bookworm "$folder/base"
        chroot "$folder/base" apt-get install -y -qq --no-install-recommends systemd-sysv dbus adduser procps python3
        tar -C "$folder/base" -cf "$folder/systemd.tar" .
    }
    rm -rf "$root"
    mkdir "$root"
    tar -C "$root" -xf "$folder/systemd.tar"
    : > "$root/etc/machine-id"
    cp "$(ls -t dist/xr-rooms_*.deb | head -n 1)" "$0" "$root/root/"
}

main() {
    cd "$(dirname "$0")/.."
    folder=${1:-$(mktemp -d)} group=$GROUPS_OF/xr-under-systemd-$$
    root=$folder/root
    [ -n "$GROUPS_OF" ] || { echo 'no cgroup2 is mounted here: mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified' >&2; exit 1; }
    mkdir -p "$folder" "$group"
    prepare > "$folder/prepare.log" 2>&1
    bash -c 'echo $$ > "$1/cgroup.procs"; shift; exec "$@"' - "$group" \
        unshare --pid --mount --uts --ipc --cgroup --net --fork --propagation private \
        bash "$PWD/tools/under_systemd.sh" --boot "$root" > "$folder/boot.log" 2>&1 &
    until_true 30 pgrep -P $!
    machine=$(pgrep -P $!)
    trap 'kill -s RTMIN+4 "$machine"' EXIT # its poweroff
    until_true 30 grep -q systemd "/proc/$machine/comm"
    nsenter --target "$machine" --all env -i HOME=/root LC_ALL=C.UTF-8 PATH="$PATH" DEBIAN_FRONTEND=noninteractive \
        bash /root/under_systemd.sh --look
    say 'all as it should be'
}

case ${1-} in
    --boot) boot "$2" ;;
    --look) look ;;
    *) main "$@" ;;
esac
