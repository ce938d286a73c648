# SPDX-License-Identifier: Apache-2.0
"""Words that are near to a wrong one, and the engine's advice in Python's words."""

import re

# The keywords for the program's flags. Those of _NAMES take a text, except for the flags of the next line.
_SWITCHES = {"no-header": "header=False", "percent": "percent=True", "currency": "currency=True", "resume": "resume=True"}
_NAMES = {"delimiter": "delimiter", "comment": "comment", "encoding": "encoding", "decimal": "decimal", "thousands": "thousands", "date-order": "date_order",
          "missing-marks": "missing_marks", "skip-lines": "skip_lines", "skip-footer": "skip_footer", "ignore": "ignore", "features": "features",
          "classes": "classes", "target": "target", "loss": "loss", "batch": "batch_size", "validation": "validation_split", "kernels": "kernels", "gemm": "gemm",
          "layers": "layers"}
_NUMBERS, _LISTS, _COLUMNS = ("skip-lines", "skip-footer", "batch", "validation"), ("missing-marks", "ignore", "features", "classes"), ("ignore", "features")
# What to say instead of advice about a shell, C++ or a flag that Python does not have.
_PHRASES = ((r" \| millrace \.\.\. --data -", " > table.csv"), (r"--data takes tables", "read_table() reads tables"), (r", FitOptions::validation\)", ")"),
            (r"; --change \(change\) goes on: .*", ", or a new run without resume=True"), (r"--resume \(resume\)", "resume=True"),
            (r"; --allow-other-bits \(allow_other_bits\) goes on", ", or a new run without resume=True"), (r", --isa avx2 or --kernels", " or --kernels"),
            (r", expected --isa auto", ", expected no limit"), (r", or --alone if", ", or fit() without cluster=... if"), (r" \(--init\)", ""),
            (r"--schedule\.warmup-start ([\d.]+)", r"pace={'warmup_start': \1}"))
_VALUE = r"'[^']*'|\"[^\"]*\"|[^\s)]*[^\s),.;:]|[.;,]"
_FLAG = rf"--(?:(?:{'|'.join(_SWITCHES)})\b|(?:{'|'.join(name for name in _NAMES if name not in ('target', 'classes'))}) (?:{_VALUE})|[a-z][a-z-]*)"
_FLAGS = re.compile(rf"(?<![^\s(])'[^']*'|(?<![^\s(])(?<!psql )(?<!srun ){_FLAG}(?: {_FLAG})*")


def counted(count, noun):
    """ "1 row", "3 rows"."""
    return f"{count} {noun if count == 1 else noun + 's'}"


def nearest(name, known):
    """" Did you mean 'x'?", or nothing if no known name is near."""
    import difflib

    found = difflib.get_close_matches(str(name), known, 1, 0.6)
    return f" Did you mean '{found[0]}'?" if found else ""


def in_python(text):
    """A message of the engine with Python's keywords in the place of the program's flags: delimiter=';' for --delimiter ;. Quoted text,
    such as a cell, stays as it is."""
    for flags, words in _PHRASES:
        text = re.sub(flags, words, text)
    return _FLAGS.sub(lambda found: found[0] if found[0][0] == "'" else ", ".join(map(_keyword, re.findall(_FLAG, found[0]))), text)


def _keyword(flag):
    name, _, value = flag.removeprefix("--").partition(" ")
    if name in _SWITCHES:
        return _SWITCHES[name]
    keyword = _NAMES.get(name, name.replace("-", "_"))
    if not value:
        return f"{keyword}=[...]" if name in _LISTS else f"{keyword}=..."
    if name in _NUMBERS:
        return f"{keyword}={value}"
    if name == "layers":
        return _last_layer(value)
    if name == "delimiter" and value == "tab":
        return r"delimiter='\t'"
    if name in _COLUMNS and value[0] not in "'\"":
        return f"{keyword}={value.split(',')}"
    value = repr(value.strip("'") if value[0] == "'" and len(value) > 1 else value.strip('"') if len(value) > 1 else value)
    return f"{keyword}=[{value}]" if name in _LISTS else f"{keyword}={value}"


def _last_layer(value):
    """Dense(3, activation='softmax') for 64:relu,3:softmax: the advice is about the last layer."""
    units, _, activation = value.rpartition(",")[2].partition(":")
    return f"Dense({units}, activation={activation!r})" if activation else f"Dense({units})"
