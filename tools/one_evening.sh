#!/usr/bin/env bash
# The steps of docs/one-evening.md in an empty Debian 12, from the package to the first backup, with Caddy in
# front; then an update, a reload of Caddy and of nginx with 20 people inside, and the way back out. It prints minutes and
# megabytes of each step. It runs in namespaces of its own: no port, process or package of this machine is touched.
#
#   make deb && sudo tools/one_evening.sh [FOLDER]
#
# Needs root, debootstrap, and Debian's packages. FOLDER keeps the empty Debian for the next time. The domain
# is in /etc/hosts, and Caddy is its own authority, because nothing here is reached from outside. systemd does
# not run in such a root: the units' commands are started by hand, as their user.
set -euo pipefail

DOMAIN=rooms.example.org
UNITS=/usr/lib/systemd/system
CADDY=/root/.local/share/caddy
AUTHORITY=$CADDY/pki/authorities/local/root.crt
export DEBIAN_FRONTEND=noninteractive LC_ALL=C

step() { # NAME COMMAND...: run it, and note its time and the size of the machine's files after it
    local name=$1 start=${EPOCHREALTIME/./} size
    shift
    printf '\n--- %s\n' "$name"
    "$@"
    size=$(du -smx --exclude=./proc --exclude=./sys "${root:-/}" | cut -f1)
    awk -v name="$name" -v us="$((${EPOCHREALTIME/./} - start))" -v size="$size" \
        'BEGIN { printf "%-44s %6.2f min %6d MB\n", name, us / 6e7, size }' >> "$report"
}

as_unit() { # UNIT: become the command of a unit, as its user; in a subshell
    local command
    command=$(sed -n 's/^ExecStart=//p' "$UNITS/$1")
    # shellcheck disable=SC2086  # the unit's words
    exec setpriv --reuid xr --regid xr --clear-groups $command
}

until_true() { # COMMAND...: for at most 30 s
    for _ in $(seq 150); do "$@" > /dev/null 2>&1 && return; sleep 0.2; done
    echo "not within 30 s: $*" >&2
    return 1
}

answers() { python3.11 -c 'import urllib.request as web; web.urlopen("http://127.0.0.1:8000/healthz")'; }

start_server() { # no command of xr asks whether it is there: without a server it would take the database
    as_unit xr.service >> /var/log/xr.log 2>&1 &
    server=$!
    until_true answers
}

stop_server() { kill -TERM "$server"; wait "$server"; }

start_caddy() {
    local settings=/etc/caddy/Caddyfile
    printf '{\n\tlocal_certs\n\tskip_install_trust\n}\nimport /etc/xr/Caddyfile\n' > "$settings"
    caddy run --config "$settings" > /var/log/caddy.log 2>&1 &
    caddy=$!
    until_true test -s "$AUTHORITY"
}

set_up() {
    xr init --systemd --domain "$DOMAIN" --https caddy --makers anyone --no-password
    start_server
    start_caddy
}

bots() { xr bots --url "https://$DOMAIN" --room "$room" --count 20 --seconds "$1"; }

go_in() { room=$(xr rooms create 'Tea house'); bots 10; }

back_up() {
    (as_unit xr-backup.service)
    mkdir -p /root/elsewhere
    xr restore --database /root/elsewhere/xr.db /var/lib/xr-backup/xr-*.tar
}

update() {
    dpkg -i "$package"
    stop_server
    start_server
    xr rooms list | grep 'Tea house'
}

reload() { # COMMAND...: while 20 walk about; how they fare is an answer, not a fault
    bots 15 > /var/log/bots.log 2>&1 &
    local walking=$!
    sleep 8
    "$@" 2>> /var/log/proxy.log
    wait "$walking" && echo 'nobody lost their line:' || echo 'lines were cut:'
    cat /var/log/bots.log
}

start_nginx() { # in place of Caddy, with the block of docs/https.md and Caddy's certificate
    local pair=$CADDY/certificates/local/$DOMAIN/$DOMAIN
    apt-get install -y -qq --no-install-recommends nginx-light
    kill "$caddy"
    wait "$caddy" || true
    {
        echo "server { listen 443 ssl; server_name $DOMAIN;"
        echo "ssl_certificate $pair.crt; ssl_certificate_key $pair.key;"
        sed -n '/^## nginx/,/^## A /{/^location/,/^}/p}' /root/https.md
        echo '}'
    } > /etc/nginx/sites-enabled/default
    nginx
    bots 5
}

inside() {
    root=/ report=/root/report package=$(echo /root/xr-rooms_*.deb) room= server= caddy=
    mount -t proc proc /proc
    export SSL_CERT_FILE=$AUTHORITY
    step 'set up, start, get a certificate' set_up
    step 'xr check' xr check | tee /root/check
    step 'a room, and 20 walk in it for 10 s' go_in
    echo "resident: server $(awk '/VmRSS/ {print $2}' "/proc/$server/status") kB"
    step 'first backup, restored elsewhere' back_up
    step 'update' update
    step 'Caddy reloaded with 20 inside' reload caddy reload --config /etc/caddy/Caddyfile --force
    step 'nginx in its place' start_nginx
    step 'nginx reloaded with 20 inside' reload nginx -s reload
    stop_server
    step 'remove' dpkg --remove xr-rooms
    test -f /var/lib/xr/xr.db && test -f /etc/xr/xr.toml
    step 'purge' dpkg --purge xr-rooms
    test ! -e /var/lib/xr && test ! -e /etc/xr && ls /var/lib/xr-backup
}

install_packages() {
    cp "$package" "$root/root/"
    printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d" # no init system runs here
    chmod +x "$root/usr/sbin/policy-rc.d"
    chroot "$root" apt-get update -qq
    chroot "$root" apt-get install -y -qq --no-install-recommends caddy "/root/${package##*/}"
    chroot "$root" apt-get install -y -qq --no-install-recommends --download-only nginx-light
    ! chroot "$root" sh -c 'command -v node || command -v cc'
}

main() {
    local folder=${1:-$(mktemp -d)}
    cd "$(dirname "$0")/.."
    package=$(ls -t dist/xr-rooms_*.deb | head -n 1)
    root=$folder/root report=$folder/report
    mkdir -p "$folder"
    rm -rf "$root" "$report"
    mkdir "$root"
    [ -f "$folder/base.tar" ] || { debootstrap --variant=minbase bookworm "$folder/base" && tar -C "$folder/base" -cf "$folder/base.tar" .; }
    step 'an empty Debian 12 (no step of yours)' tar -C "$root" -xf "$folder/base.tar"
    step 'apt install, with Caddy' install_packages
    echo "127.0.0.1 localhost $DOMAIN" > "$root/etc/hosts"
    cp "$0" "$root/root/one_evening.sh"
    cp docs/https.md "$root/root/"
    unshare --net --pid --mount --fork bash -c 'ip link set lo up; exec chroot "$0" bash /root/one_evening.sh --inside' "$root"
    printf '\n=== One evening, load %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
    cat "$report" "$root/root/report"
    printf '\nStill to be done by hand, or doubtful:\n'
    grep -E '^(warning|fault)' -A 1 "$root/root/check" || true
}

if [ "${1-}" = --inside ]; then inside; else main "$@"; fi
