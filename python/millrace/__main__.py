# SPDX-License-Identifier: Apache-2.0
"""`python -m millrace`, and the command `millrace` of an installed package: runs the program. It gets the rows of a Parquet file
as CSV in memory, if pyarrow is installed."""

import os
import pathlib
import sys

_DATA_FLAGS = ("--data", "--validation")


def main():
    program = os.environ.get("MILLRACE_PROGRAM") or pathlib.Path(__file__).parent / "bin" / "millrace"
    try:
        converted = parquet_as_csv(sys.argv[1:])
    except ValueError as error:
        print(f"millrace: {error}", file=sys.stderr)
        sys.exit(3)
    # The program reads the descriptor instead of the file, and keeps the file's name in its messages and in what it writes.
    lines = "\n".join(f"{descriptor} {path}" for path, descriptor in converted.items())
    try:
        os.execve(program, ["millrace", *sys.argv[1:]], {**os.environ, "MILLRACE_CONVERTED": lines})
    except OSError as error:
        sys.exit(f"millrace: the program {program} cannot be run: {error.strerror}; is the package installed (pip install .)?")


def parquet_as_csv(arguments):
    """{path: descriptor of a file in memory} for each Parquet file that a flag or a file of --config names. Raises DataError,
    UnsupportedError."""
    configs = _values(arguments, "--config")
    paths = []
    for flag in _DATA_FLAGS:
        paths += _values(arguments, flag) or [path for config in configs for path in _paths_in(config, flag.removeprefix("--"))]
    return {path: csv_in_memory(path) for path in dict.fromkeys(paths) if path.endswith(".parquet")}


def _values(arguments, flag):
    following = [argument for before, argument in zip(arguments, arguments[1:]) if before == flag]
    return following + [argument.removeprefix(f"{flag}=") for argument in arguments if argument.startswith(f"{flag}=")]


def _paths_in(config, key):
    """The paths that a file of settings has for a key, a text or a list; none if it cannot be read, which the program reports."""
    import tomllib

    try:
        with open(config, "rb") as file:
            value = tomllib.load(file).get(key, [])
    except (OSError, ValueError):
        return []
    return [path for path in (value if isinstance(value, list) else [value]) if isinstance(path, str)]


def csv_in_memory(path):
    """Writes the rows of a Parquet file as CSV to a file in memory, which lasts as long as the process. Returns its descriptor."""
    import importlib.util

    from millrace.errors import DataError, UnsupportedError

    if "\n" in path:
        raise DataError(f"[data] {path!r} has a line break in its name, expected a name without one")
    if importlib.util.find_spec("pyarrow") is None:
        raise UnsupportedError(f"[data] {path} is a Parquet file, which needs pyarrow: pip install pyarrow")
    import pyarrow
    import pyarrow.csv

    from millrace._parquet import parquet

    table = parquet(path)
    columns = [each.cast(each.type.value_type) if pyarrow.types.is_dictionary(each.type) else each for each in table.columns]
    columns = [in_seconds(without_blanks(each)) for each in columns]
    file = os.memfd_create("table", 0)  # without MFD_CLOEXEC: the program reads it
    try:
        with os.fdopen(os.dup(file), "wb") as sink:
            pyarrow.csv.write_csv(pyarrow.table(columns, names=table.column_names), sink)
    except pyarrow.ArrowException as error:
        raise DataError(f"[data] {path} cannot be written as CSV, expected columns of numbers, text, booleans and dates: {error}") from None
    return file


def without_blanks(column):
    """Trims a column of pyarrow that holds texts: the quotes of the CSV would keep the blanks, which Tables in memory leave out."""
    import pyarrow
    import pyarrow.compute

    if str(column.type) == "string_view":
        column = column.cast(pyarrow.large_string())
    of_texts = pyarrow.types.is_string(column.type) or pyarrow.types.is_large_string(column.type)
    return pyarrow.compute.utf8_trim(column, characters=" \t\r\n") if of_texts else column


def in_seconds(column):
    """Turns a column of pyarrow that holds durations into numbers of seconds, as Tables in memory have them: the CSV would have numbers
    of their own unit."""
    import pyarrow
    import pyarrow.compute

    if not pyarrow.types.is_duration(column.type):
        return column
    parts = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[column.type.unit]
    return pyarrow.compute.divide(column.cast(pyarrow.int64()).cast(pyarrow.float64(), safe=False), float(parts))


if __name__ == "__main__":
    main()
