# SPDX-License-Identifier: Apache-2.0
"""Names of files, as Python's own functions take them."""

import os

from millrace.errors import UsageError


def path_of(who, given, name="path", expected="the name of a file"):
    """The name of a file or folder from a str, bytes or an os.PathLike, the argument `name` of `who`. Raises UsageError for anything else."""
    if not isinstance(given, (str, bytes, os.PathLike)):
        raise UsageError(f"[{who}] {name} is of type {type(given).__name__}, expected {expected}")
    path = os.fsdecode(given)
    if not path or "\0" in path:
        raise UsageError(f"[{who}] {name} is {path!r}, expected {expected}")
    return path
