# SPDX-License-Identifier: Apache-2.0
"""Reads the saved runs of this processor and selects those of the checked-out program."""
import json
import subprocess

import machine
from . import ROOT

RESULTS = ROOT / "bench" / "results"
PROGRAM = ("src", "export", "include", "cmake", "CMakeLists.txt", "CMakePresets.json", "bench/contenders")


def folder():
    description = machine.describe()
    return RESULTS / machine.slug(f"{description['processor']} {description['cpus']} cpus")


def same_program(commit):
    """Whether the files that a contender's figure depends on are the same here as at `commit`."""
    done = subprocess.run(["git", "-C", str(ROOT), "diff", "--quiet", commit, "--", *PROGRAM], capture_output=True)
    return done.returncode == 0


def saved(where):
    """[(commit, file's content)], the oldest run first."""
    files = [(path.stem, json.loads(path.read_text())) for path in where.glob("*.json")]
    return sorted(files, key=lambda item: item[1]["runs"][-1]["date"])


def runs_of(files):
    return [run | {"commit": commit} for commit, content in files for run in content["runs"]]


def of_this_program(where):
    return runs_of([item for item in saved(where) if same_program(item[0])])


def of_last_program(where):
    """The runs of this program or, if there are none, of the last measured program."""
    return of_this_program(where) or runs_of(saved(where)[-1:])
