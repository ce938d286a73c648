# SPDX-License-Identifier: Apache-2.0
"""`python -m millrace`, and the command `millrace` of an installed package: runs the program."""

import os
import pathlib
import sys


def main():
    program = os.environ.get("MILLRACE_PROGRAM") or pathlib.Path(__file__).parent / "bin" / "millrace"
    try:
        os.execv(program, ["millrace", *sys.argv[1:]])
    except OSError as error:
        sys.exit(f"millrace: the program {program} cannot be run: {error.strerror}; is the package installed (pip install .)?")


if __name__ == "__main__":
    main()
