# SPDX-License-Identifier: Apache-2.0
"""Words that are near to a wrong one, and the engine's advice in Python's words."""

import re

_FLAGS = {"no-header": "header=False", "percent": "percent=True", "currency": "currency=True", "classes": "classes=[...]"}
_VALUES = ("delimiter", "comment", "encoding", "decimal", "thousands", "missing-marks", "date-order", "skip-lines", "skip-footer")


def nearest(name, known):
    """" Did you mean 'x'?", or nothing if no known name is near."""
    import difflib

    found = difflib.get_close_matches(str(name), known, 1, 0.6)
    return f" Did you mean '{found[0]}'?" if found else ""


def in_python(text):
    """A message of the engine with Python's keywords in the place of the program's flags: delimiter=';' for --delimiter ;."""
    text = re.sub(rf"--({'|'.join(_FLAGS)})\b", lambda found: _FLAGS[found[1]], text)
    text = re.sub(rf"--({'|'.join(_VALUES)}) ('[^']*'|\"[^\"]*\"|[^\s)]*[^\s),.;]|[.;,])", _keyword, text)
    return re.sub(rf"(=(?:'[^']*'|True|\d+)) (?=({'|'.join(_VALUES + tuple(_FLAGS))})=)".replace("-", "_"), r"\1, ", text)  # two keywords in a row


def _keyword(found):
    name, value = found[1].replace("-", "_"), found[2]
    if name in ("skip_lines", "skip_footer"):
        return f"{name}={value}"
    if name == "delimiter" and value == "tab":
        return r"delimiter='\t'"
    value = repr(value.strip("'") if value[0] == "'" and len(value) > 1 else value.strip('"') if len(value) > 1 else value)
    return f"{name}=[{value}]" if name == "missing_marks" else f"{name}={value}"
