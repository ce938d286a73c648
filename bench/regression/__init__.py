# SPDX-License-Identifier: Apache-2.0
"""The parts of bench/gate, in the order in which they work:

    revisions   builds millrace_bench of a git revision or of the working tree
    blocks      runs that program briefly: seconds per iteration of each benchmark
    pairs       rounds of blocks of both programs in random order: ratios of neighbours
    signs       an interval from ratios, without assuming a distribution
    decision    verdicts with known error rates from several benchmarks and several looks
    session     measures until everything is decided or the time is over
    report      text, JSON and an exit code from verdicts
    error_rates measures how often the gate is wrong
"""
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(HERE.parent / "contenders"))  # machine.py and table.py: processor, cpus, text columns


class GateError(Exception):
    """The gate cannot run; the text says why. `code` is the exit code."""
    USAGE, BUILD, BENCHMARK = 3, 4, 5

    def __init__(self, code, text):
        super().__init__(text)
        self.code = code
