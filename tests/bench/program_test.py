# SPDX-License-Identifier: Apache-2.0
"""The gate's requests to the real millrace_bench: names, a block, and an unknown name, which it refuses."""
import os
import re
import unittest
from pathlib import Path

import benchmarks
from regression import GateError
from regression.blocks import Length, Program, run_block
from regression.selection import REPRESENTATIVE, choose

PROGRAM = Program("bench", Path(os.environ.get("MILLRACE_BENCH", benchmarks.ROOT / "build/release/millrace_bench")))
CLASSROOM = "step/classroom/threads:1/real_time"


class RealProgram(unittest.TestCase):
    def test_every_part_of_the_default_selection_finds_something(self):
        chosen = choose(PROGRAM, PROGRAM, REPRESENTATIVE, Length.seconds)
        for part in ("step/classroom/threads:1", "step/classroom/threads:all", "step/tabular", "step/mnist", "product/", "csv/", "tables/"):
            self.assertTrue([name for name in chosen if name.startswith(part)], part)
        self.assertLess(len(chosen), 14)

    def test_names_that_are_no_regular_expressions_are_found(self):
        listed = PROGRAM.names(Length.seconds)
        awkward = next(name for name in listed if re.search(r"[.+]", name))
        for name in (awkward, CLASSROOM):
            self.assertTrue(0 < run_block(PROGRAM, name, Length(0.0001, 2)) < 1, name)

    def test_an_unknown_benchmark_is_no_figure(self):
        with self.assertRaisesRegex(GateError, "step/nobody: .* ended with 2"):
            run_block(PROGRAM, "step/nobody", Length(0.0001, 2))


if __name__ == "__main__":
    unittest.main()
