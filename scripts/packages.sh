#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs the missing Debian packages of packages.txt. If none is missing, it does nothing: no question, no download.
#
# Usage:  scripts/packages.sh [TARGET ...]      TARGET: also install what only this make target needs
set -eu
cd "$(dirname "$0")/.."

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "packages: this system has no apt-get. packages.txt lists what millrace needs, by the names of Debian 12." >&2
  exit 0 # cmake names what is missing
fi

wanted=$(awk -v targets=" $* " '/^[^#]/ && (NF == 1 || index(targets, " " $2 " ")) { print $1 }' packages.txt)
# shellcheck disable=SC2086 # a list
installed=$(dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null | sed -n 's/^installed //p' || true)
missing=$(for package in $wanted; do echo "$installed" | grep -Fqx -- "$package" || printf ' %s' "$package"; done)
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "packages: some are missing, and only root can install them (there is no sudo). As root:" >&2
    echo "    apt-get install --no-install-recommends$missing" >&2
    exit 1
  fi
  as_root=sudo
fi

echo "packages: installing$missing"
log=build/packages.log
. scripts/elapsed.sh
if [ -n "$as_root" ]; then sudo -v; fi # asks for the password before the output goes to the log

install_missing() {
  # shellcheck disable=SC2086
  $as_root apt-get update && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $missing
}
if ! elapsed packages "$log" install_missing; then
  tail -n 15 "$log" >&2
  echo "packages: apt-get failed, see $log" >&2
  exit 1
fi
