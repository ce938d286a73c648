# SPDX-License-Identifier: Apache-2.0
"""Output for people. A training goes on if it cannot be printed."""

import sys

_PLAIN = str.maketrans({"━": "=", "─": "-", "│": "|", **dict.fromkeys("┌┬┐├┼┤└┴┘", "+")})


def say(text, end="\n", stream=None):
    """Prints to `stream`, default: sys.stdout. Characters that its encoding lacks are replaced by ASCII. Prints nothing to a stream that is None,
    closed, or a pipe without a reader."""
    stream = sys.stdout if stream is None else stream
    if stream is None:
        return  # as under pythonw
    try:
        try:
            stream.write(text + end)
        except UnicodeEncodeError:
            encoding = getattr(stream, "encoding", None) or "ascii"
            stream.write((text + end).translate(_PLAIN).encode(encoding, "backslashreplace").decode(encoding))
        getattr(stream, "flush", lambda: None)()  # a user's class may have only write()
    except (OSError, ValueError):  # ValueError: it is closed
        pass


def is_terminal(stream):
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False
