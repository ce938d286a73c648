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
        arguments = with_parquet_as_csv(sys.argv[1:])
    except ValueError as error:
        print(f"millrace: {error}", file=sys.stderr)
        sys.exit(3)
    try:
        os.execv(program, ["millrace", *arguments])
    except OSError as error:
        sys.exit(f"millrace: the program {program} cannot be run: {error.strerror}; is the package installed (pip install .)?")


def with_parquet_as_csv(arguments):
    """The arguments with a file in memory in the place of each Parquet file that is read. Raises DataError, UnsupportedError."""
    changed = []
    for i, argument in enumerate(arguments):
        flag, equals, path = argument.partition("=")
        if equals and flag in _DATA_FLAGS and path.endswith(".parquet"):
            changed.append(f"{flag}={csv_in_memory(path)}")
        elif i > 0 and arguments[i - 1] in _DATA_FLAGS and argument.endswith(".parquet"):
            changed.append(csv_in_memory(argument))
        else:
            changed.append(argument)
    return changed


def csv_in_memory(path):
    """The name of a file without a place on disk, which lasts as long as the process. It has the rows of a Parquet file as CSV."""
    import importlib.util

    from millrace.errors import DataError, UnsupportedError

    if importlib.util.find_spec("pyarrow") is None:
        raise UnsupportedError(f"[data] {path} is a Parquet file, which needs pyarrow: pip install pyarrow")
    import pyarrow
    import pyarrow.csv

    from millrace._parquet import parquet

    table = parquet(path)
    columns = [each.cast(each.type.value_type) if pyarrow.types.is_dictionary(each.type) else each for each in table.columns]
    file = os.memfd_create(os.path.basename(path), 0)  # without MFD_CLOEXEC: the program reads it
    try:
        with os.fdopen(os.dup(file), "wb") as sink:
            pyarrow.csv.write_csv(pyarrow.table(columns, names=table.column_names), sink)
    except pyarrow.ArrowException as error:
        raise DataError(f"[data] {path} cannot be written as CSV, expected columns of numbers, text, booleans and dates: {error}") from None
    return f"/dev/fd/{file}"


if __name__ == "__main__":
    main()
