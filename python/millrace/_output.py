# SPDX-License-Identifier: Apache-2.0
"""Lines for people. A training does not end because nobody can read them."""

import sys

_PLAIN = str.maketrans({"━": "=", "─": "-", "│": "|", **dict.fromkeys("┌┬┐├┼┤└┴┘", "+")})


def say(text, end="\n", stream=None):
    """Prints to `stream`, default: sys.stdout. What its encoding does not have is shown in ASCII; a stream that is None, closed, or a pipe without a
    reader gets nothing."""
    stream = sys.stdout if stream is None else stream
    if stream is None:
        return  # as under pythonw
    try:
        try:
            stream.write(text + end)
        except UnicodeEncodeError:
            encoding = getattr(stream, "encoding", None) or "ascii"
            stream.write((text + end).translate(_PLAIN).encode(encoding, "backslashreplace").decode(encoding))
        getattr(stream, "flush", lambda: None)()  # a class of the user's may have write() alone
    except (OSError, ValueError):  # ValueError: it is closed
        pass


def is_terminal(stream):
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False
