# SPDX-License-Identifier: Apache-2.0
"""One block: a run of one benchmark of a Google Benchmark program for a fraction of a second, in a fresh process.

The process is fresh because memory addresses differ between processes and some are faster: a program measured in a single
process would keep its luck through the whole comparison.
"""
import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from . import GateError

UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}


@dataclass(frozen=True)
class Program:
    """A built benchmark program with its name in reports, its arguments and its environment variables."""
    label: str
    path: Path
    arguments: tuple = ()
    environment: dict = field(default_factory=dict)

    def run(self, *flags):
        variables = os.environ | self.environment
        done = subprocess.run([self.path, *self.arguments, *flags], env=variables, capture_output=True, text=True)
        return done

    def names(self, seconds):
        """The names of its benchmarks; a name may contain the requested time."""
        done = self.run("--benchmark_list_tests=true", f"--benchmark_min_time={seconds}")
        if done.returncode != 0:
            raise GateError(GateError.BENCHMARK, f"{self.label}: {self.path} does not list its benchmarks: {tail(done.stderr)}")
        return done.stdout.split("\n")[:-1]


@dataclass(frozen=True)
class Length:
    """How long a block measures: `repetitions` times `seconds`. They are many and short, so that on a busy machine some fall
    between the time slices of other processes."""
    seconds: float = 0.001
    repetitions: int = 15


def tail(text):
    return text.strip()[-300:] or "it said nothing"


def exactly(name):
    """The filter that selects this name and no other."""
    return "^" + re.sub(r"([.^$*+?()\[\]{}|\\])", r"\\\1", name) + "$"


def read(text, label):
    """Seconds per iteration from Google Benchmark's JSON: the fastest repetition, which was disturbed least. None without any."""
    seconds = []
    for entry in json.loads(text)["benchmarks"]:
        if entry.get("error_occurred"):
            raise GateError(GateError.BENCHMARK, f"{label}: {entry['name']}: {entry['error_message']}")
        if entry.get("run_type", "iteration") == "iteration":
            seconds.append(entry["real_time"] * UNITS[entry["time_unit"]])
    return min(seconds, default=None)


def run_block(program, name, length):
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        done = program.run(f"--benchmark_filter={exactly(name)}", f"--benchmark_min_time={length.seconds}",
                           f"--benchmark_repetitions={length.repetitions}", f"--benchmark_out={out.name}",
                           "--benchmark_out_format=json")
        text = out.read().decode()
    seconds = read(text, program.label) if text.strip() else None
    if done.returncode != 0 or seconds is None:
        raise GateError(GateError.BENCHMARK, f"{program.label}: {name}: {program.path} ended with {done.returncode}, expected 0 and a time: {tail(done.stderr)}")
    return seconds
