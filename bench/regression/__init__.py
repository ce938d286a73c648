# SPDX-License-Identifier: Apache-2.0
"""Is this revision slower than that one? The parts of bench/gate, in the order in which they work:

    revisions   a git revision, or the working tree, to a built millrace_bench
    blocks      one short run of that program, to seconds an iteration of every benchmark
    pairs       rounds of blocks of both programs in random order, to ratios between neighbours
    signs       ratios to an interval that assumes no distribution
    decision    intervals of several benchmarks, looked at several times, to verdicts with known error rates
    session     measures until all is decided or the time is over
    report      verdicts to text, JSON and an exit code
    error_rates how often the whole is wrong, measured
"""
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(HERE.parent / "contenders"))  # machine.py and table.py: processor, cpus, text columns


class GateError(Exception):
    """The gate cannot say anything, and why. `code` is the exit code."""
    USAGE, BUILD, BENCHMARK = 3, 4, 5

    def __init__(self, code, text):
        super().__init__(text)
        self.code = code
