# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Functions for bare_root.sh and bare_packages.sh, which set `suite` and `root` and then include this file: they make a
# bare Debian in the folder $root and run commands in it. The system gets this machine's access to the network and
# nothing else: name resolution, certificates, package mirror, proxies, pip's configuration.
log=$root.log

fail() {
  echo "$(basename "$0" .sh): $*" >&2
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

# Prints the summary of all timed steps and removes the bare system, unless KEEP is set. Exits with 1 if a step failed.
finish() {
  printf '\n== %s in a bare %s\n%d processors, load %s\n%s' "$1" "$suite" "$(nproc)" "$(cut -d' ' -f1-3 /proc/loadavg)" "$proof"
  if [ -z "${KEEP:-}" ]; then rm -rf --one-file-system "$root"; else echo "kept: $root"; fi
  exit $failed
}
