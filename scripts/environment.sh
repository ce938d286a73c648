# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
#
# Usage:  . scripts/environment.sh
#         environment TITLE REQUIREMENTS FOLDER
#
# Makes the virtual environment FOLDER with the Python packages that the file REQUIREMENTS lists, again if the file has
# changed since; otherwise does nothing. The log is FOLDER.log. Ends the script if it fails.
. scripts/elapsed.sh

install_environment() {
  python3 -m venv "$2" &&
    "$2/bin/python" -m pip install --disable-pip-version-check --no-input --only-binary :all: --requirement "$1"
}

environment() {
  environment_installed=$3/requirements.txt # a copy of the requirements, written after everything was installed
  if [ -x "$3/bin/python" ] && cmp -s "$2" "$environment_installed"; then return 0; fi
  echo "$1: installing what $2 lists into $3"
  rm -rf "$3"
  mkdir -p "$(dirname "$3")"
  if ! elapsed "$1: packages" "$3.log" install_environment "$2" "$3"; then
    tail -n 15 "$3.log" >&2
    rm -rf "$3"
    echo "$1: failed, see $3.log. Needed are python3-venv (make packages) and access to PyPI." >&2
    exit 1
  fi
  cp "$2" "$environment_installed"
}
