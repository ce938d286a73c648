#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Shows that two commands are enough on an empty machine. Makes a bare Debian (debootstrap, minbase) in a folder, clones
# the last commit into it, and runs there `apt-get install make`, `make demo`, `make test` and `make deb`. Then installs
# the packages that were made in a second bare Debian and uses them. Prints the time of each step.
#
# Usage:  scripts/bare_root.sh [bookworm|trixie] [FOLDER]       as root, with debootstrap; FOLDER must not exist
#
# The bare systems get this machine's access to the network and nothing else: name resolution, certificates, package
# mirror, proxies, pip's configuration. KEEP=1 keeps FOLDER.
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
[ "$(id -u)" -eq 0 ] || fail "must run as root: sudo $0 $*"
command -v debootstrap >/dev/null || fail "debootstrap is not installed: apt-get install debootstrap"
[ ! -e "$root" ] || fail "$root exists: remove it, or name another folder"

# The package sources of this machine: "URI release" of each of Debian's own.
host_suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
sources() {
  # shellcheck disable=SC2016 # expanded by apt-get
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v host="$host_suite" '$2 ~ "^" host "(-updates|-security)?$" && $3 == "main" { print $1, $2 }' | sort -u
}

proof="" failed=0
# timed NAME COMMAND ...: runs the command and adds its result and duration to the summary.
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

# Copies the host's network configuration.
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

# inside COMMAND: runs it in the bare root, with its own environment. Its mounts disappear when it ends.
environment=(PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive)
inside() {
  # shellcheck disable=SC2016 # expanded in there
  unshare --mount bash -c '
    root=$1; shift
    mount -t proc proc "$root/proc"; mount --rbind /dev "$root/dev"; mount --rbind /sys "$root/sys"
    exec chroot "$root" env -i "$@"' _ "$root" "${environment[@]}" bash -c "cd /root && $1" </dev/null
}

if [ -n "$(git status --porcelain)" ]; then echo "bare_root: changes that are not committed are not tested" >&2; fi
commit=$(git rev-parse --short HEAD)

timed "debootstrap $suite" make_root
give_network
git clone --quiet --no-hardlinks . "$root/root/millrace"
timed "apt-get install make" inside "apt-get update -qq && apt-get install -yqq --no-install-recommends make >/dev/null"
timed "make demo" inside "make -C millrace demo"
timed "make test" inside "make -C millrace test"
timed "make demo, once more" inside "make -C millrace demo >/dev/null 2>&1"
timed "make deb" inside "make -C millrace deb"
size=$(inside "du -sm --exclude=/proc --exclude=/sys --exclude=/dev / 2>/dev/null | cut -f1")

# A second bare system, which has nothing but the packages.
packages=$root.deb
rm -rf "$packages"
cp -r "$root/root/millrace/build/deb" "$packages"
cp -r "$root/root/millrace/examples/data" "$packages/data"
first=$root
root=$root.packages
timed "debootstrap $suite, once more" make_root
give_network
mv "$packages" "$root/root/packages"
timed "install and run millrace" inside "apt-get update -qq && apt-get install -yqq --no-install-recommends ./packages/millrace_*.deb >/dev/null &&
  millrace train --data packages/data/digits01.csv --target digit --layers 25:sigmoid,1:sigmoid --loss binary_crossentropy --epochs 5 --out out"
timed "install libmillrace-dev, build" inside "apt-get install -yqq --no-install-recommends ./packages/libmillrace*.deb cmake g++ make >/dev/null &&
  for shared in OFF ON; do
    cmake -S /usr/share/doc/millrace/examples -B build-\$shared -DBUILD_SHARED_LIBS=\$shared >/dev/null && cmake --build build-\$shared >/dev/null && build-\$shared/quickstart || exit 1
  done"

printf '\n== Commit %s in a bare %s: %s\n' "$commit" "$suite" "$(inside "g++ --version | head -1")"
printf '%d processors, load %s\n%s' "$(nproc)" "$(cut -d' ' -f1-3 /proc/loadavg)" "$proof"
echo "$size MiB on disk in total"
if [ -z "${KEEP:-}" ]; then rm -rf --one-file-system "$root" "$first"; else echo "kept: $first $root"; fi
exit $failed
