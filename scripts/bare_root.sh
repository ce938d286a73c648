#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The proof that two commands are enough on an empty machine: a bare Debian (debootstrap, minbase) in a folder, the last
# commit of this repository in it, and in there `apt-get install make`, `make demo`, `make test`, each with its time.
#
# Usage:  scripts/bare_root.sh [bookworm|trixie] [FOLDER]       as root, with debootstrap; FOLDER must not exist
#
# The bare system is given this machine's way to the network and no more: name resolution, certificates, package
# mirror, proxies, pip's configuration. KEEP=1 leaves FOLDER there.
# shellcheck disable=SC2317 # functions that `timed` calls
set -euo pipefail
cd "$(dirname "$0")/.."
suite=${1:-bookworm}
root=${2:-${TMPDIR:-/tmp}/millrace-bare-$suite}
log=$root.log

fail() {
  echo "bare_root: $*" >&2
  exit 1
}
[ "$(id -u)" -eq 0 ] || fail "only root can make a root: sudo $0 $*"
command -v debootstrap >/dev/null || fail "needs debootstrap: apt-get install debootstrap"
[ ! -e "$root" ] || fail "$root is there already: remove it, or name another folder"

# Where this machine gets its packages: "URI release" of every source of Debian's own.
host_suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  # shellcheck disable=SC2016 # expanded by apt-get
sources() {
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v host="$host_suite" '$2 ~ "^" host "(-updates|-security)?$" && $3 == "main" { print $1, $2 }' | sort -u
}

proof="" failed=0
# timed NAME COMMAND ...: runs it, and keeps for the summary how it went and how long it took.
timed() {
  local name=$1 begin=$SECONDS verdict=ok
  shift
  printf '\n== %s\n' "$name"
  "$@" || { verdict=FAILED failed=1; }
  proof+=$(printf '%-28s %5d s  %s' "$name" $((SECONDS - begin)) $verdict)$'\n'
}

make_root() {
  local mirror
  mirror=$(sources | awk -v host="$host_suite" '$2 == host { print $1; exit }')
  [ -n "$mirror" ] || fail "no source of $host_suite in /etc/apt"
  debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$log" 2>&1 || {
    tail "$log" >&2
    fail "debootstrap failed, see $log"
  }
  sources | while read -r uri release; do echo "deb $uri ${release/#$host_suite/$suite} main"; done >"$root/etc/apt/sources.list"
}

# The host's way to the network, read where it is written down.
give_network() {
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  apt-config dump | grep -iE '^Acquire::(http|https|ftp)?:?:?(proxy|verify|timeout|no-cache|pipeline-depth|retries)[^"]* "[^"]' >"$root/etc/apt/apt.conf.d/90host" || true
  if [ -f /etc/pip.conf ]; then cp -L /etc/pip.conf "$root/etc/"; fi
  if [ -d /usr/local/share/ca-certificates ]; then cp -rL /usr/local/share/ca-certificates "$root/usr/local/share/"; fi
  if [ -f /etc/ssl/certs/ca-certificates.crt ]; then
    install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/host-certificates.crt"
    echo 'Acquire::https::CaInfo "/etc/ssl/host-certificates.crt";' >>"$root/etc/apt/apt.conf.d/90host"
    environment+=(PIP_CERT=/etc/ssl/host-certificates.crt)
  fi
  local name
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY PIP_INDEX_URL PIP_TRUSTED_HOST PIP_DEFAULT_TIMEOUT \
    CMAKE_BUILD_PARALLEL_LEVEL CTEST_PARALLEL_LEVEL; do
    if [ -n "${!name:-}" ]; then environment+=("$name=${!name}"); fi
  done
}

# In the bare root, with an environment of its own. What is mounted goes when the command ends.
environment=(PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive)
inside() {
  # shellcheck disable=SC2016 # expanded in there
  unshare --mount bash -c '
    root=$1; shift
    mount -t proc proc "$root/proc"; mount --rbind /dev "$root/dev"; mount --rbind /sys "$root/sys"
    exec chroot "$root" env -i "$@"' _ "$root" "${environment[@]}" bash -c "cd /root && $1" </dev/null
}

if [ -n "$(git status --porcelain)" ]; then echo "bare_root: changes that are not committed are not part of the proof" >&2; fi
commit=$(git rev-parse --short HEAD)

timed "debootstrap $suite" make_root
give_network
git clone --quiet --no-hardlinks . "$root/root/millrace"
timed "apt-get install make" inside "apt-get update -qq && apt-get install -yqq --no-install-recommends make >/dev/null"
timed "make demo" inside "make -C millrace demo"
timed "make test" inside "make -C millrace test"
timed "make demo, once more" inside "make -C millrace demo >/dev/null 2>&1"

printf '\n== Commit %s in a bare %s: %s\n' "$commit" "$suite" "$(inside "g++ --version | head -1")"
printf '%d processors, load %s\n%s' "$(nproc)" "$(cut -d' ' -f1-3 /proc/loadavg)" "$proof"
inside "du -sm --exclude=/proc --exclude=/sys --exclude=/dev / 2>/dev/null | cut -f1" | sed 's/$/ MiB on disk, all in all/'
if [ -z "${KEEP:-}" ]; then rm -rf --one-file-system "$root"; else echo "kept: $root"; fi
exit $failed
