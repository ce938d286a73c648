# SPDX-License-Identifier: Apache-2.0
"""The lines that fit, evaluate and predict print, as Keras prints them.

verbose=1: a bar that moves on a terminal and in a notebook; elsewhere one line at the end of each epoch. verbose=2: one
line for each epoch. verbose=0: nothing.
"""

import math
import sys
import time

from millrace._output import is_terminal, say

_WIDTH = 20


def verbosity(who, verbose):
    from millrace.errors import UsageError

    if verbose == "auto":
        return 1
    if verbose in (0, 1, 2):
        return int(verbose)
    raise UsageError(f"[{who}] verbose is {verbose!r}, expected 'auto', 0, 1 or 2")


class Progress:
    """The bar of one epoch, of an evaluation or of a prediction: `target` steps, or None if that is not known."""

    def __init__(self, target, verbose, stream=None):
        self.target, self.verbose = target, verbose
        self.stream = stream or sys.stdout
        self.moves = verbose == 1 and (is_terminal(self.stream) or "ipykernel" in sys.modules)
        self.begin = self.printed = time.perf_counter()
        self.length = 0

    def update(self, step, logs):
        now = time.perf_counter()
        if self.moves and now - self.printed >= 0.05:
            self.printed = now
            left = (now - self.begin) / max(step, 1) * (self.target - step) if self.target else 0
            self._rewrite(f"{self._bar(step)} {_clock(left)} {_pace((now - self.begin) / max(step, 1))}{_values(logs)}")

    def end(self, step, logs):
        """Prints the last state, with the whole time."""
        self.target = self.target or step
        taken = time.perf_counter() - self.begin
        pace = _pace(taken / max(step, 1))
        if self.verbose == 1:
            self._rewrite(f"{self._bar(step)} {_clock(taken)} {pace}{_values(logs)}", "\n")
        elif self.verbose == 2:
            say(f"{step}/{self.target} - {_clock(taken)} - {pace}{_values(logs)}", stream=self.stream)

    def _bar(self, step):
        if not self.target:
            return f"{step}/Unknown"
        digits = len(str(self.target))
        full = _WIDTH * min(step, self.target) // self.target
        if not self.moves:
            return f"{step:>{digits}}/{self.target} {'━' * full}"
        return f"\x1b[1m{step:>{digits}}/{self.target}\x1b[0m \x1b[32m{'━' * full}\x1b[0m\x1b[37m{'━' * (_WIDTH - full)}\x1b[0m"

    def _rewrite(self, line, end=""):
        shown = len(line)
        say(("\r" if self.moves else "") + line + " " * (max(0, self.length - shown) if self.moves else 0), end, self.stream)
        self.length = shown


def _clock(seconds):
    if seconds < 60:
        return f"{seconds:.0f}s"
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _pace(seconds):
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s/step"
    return f"{seconds * 1e3:.0f}ms/step" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us/step"


def number(value):
    """A loss or metric as Keras prints it."""
    return f"{value:.4f}" if abs(value) > 1e-3 or not math.isfinite(value) else f"{value:.4e}"


def _values(logs):
    return "".join(f" - {name}: {number(value)}" for name, value in logs.items())
