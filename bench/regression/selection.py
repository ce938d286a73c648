# SPDX-License-Identifier: Apache-2.0
"""Selects the benchmarks that the gate compares."""
import re

from . import GateError

# A few that represent the rest: the step of three networks, a product, reading and preparing numbers and categories.
REPRESENTATIVE = (r"^(step/(classroom|tabular|mnist)/|product/forward/64x784x512/auto/|csv/long_numbers/500x30/"
                  r"|csv/categories/2000x16/|tables/(prepare|fit)/2000/|tables/predict/cells/)")


def choose(base, head, pattern, seconds, say=lambda text: None):
    """The benchmarks that both programs have and whose name matches the pattern. Reports those that only one has."""
    in_base, in_head = base.names(seconds), head.names(seconds)
    try:
        wanted = re.compile(pattern)
    except re.error as error:
        raise GateError(GateError.USAGE, f"'{pattern}' is not a regular expression: {error}") from None
    for label, names, others in ((base.label, in_base, in_head), (head.label, in_head, in_base)):
        for name in names:
            if wanted.search(name) and name not in others:
                say(f"only in {label}: {name}")
    chosen = [name for name in in_head if wanted.search(name) and name in in_base]
    if not chosen:
        raise GateError(GateError.USAGE, f"no benchmark that both have matches '{pattern}'; there are {', '.join(in_head[:8]) or 'none'} ...")
    return chosen
