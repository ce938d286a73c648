# SPDX-License-Identifier: Apache-2.0
"""Parquet files, read by pyarrow or polars, whichever is installed."""

import importlib
import importlib.util
import os
from typing import Any

from millrace._paths import path_of
from millrace.errors import DataError, UnsupportedError, UsageError


def parquet(path, columns=None) -> Any:
    """A frame of the rows of a Parquet file, of a folder of them or of a list, with an Arrow stream."""
    paths = [path_of("read_parquet", each) for each in (path if isinstance(path, (list, tuple)) else [path])]
    if not paths:
        raise UsageError("[read_parquet] path is an empty list, expected the names of Parquet files")
    for each in paths:
        if not os.path.exists(each):
            raise DataError(f"[read_parquet] there is no {each}, expected a Parquet file")
    reader = next((make for package, make in (("pyarrow", _with_pyarrow), ("polars", _with_polars)) if importlib.util.find_spec(package)), None)
    if reader is None:
        raise UnsupportedError("[read_parquet] neither pyarrow nor polars is installed: pip install pyarrow")
    try:
        return reader(paths, None if columns is None else list(columns))
    except Exception as error:  # these packages have classes of their own for everything
        raise DataError(f"[read_parquet] {', '.join(paths)} cannot be read: {str(error).splitlines()[0] if str(error) else type(error).__name__}") from None


def _with_pyarrow(paths, columns):
    reader = importlib.import_module("pyarrow.parquet")
    tables = [reader.read_table(each, columns=columns) for each in paths]
    return tables[0] if len(tables) == 1 else importlib.import_module("pyarrow").concat_tables(tables)


def _with_polars(paths, columns):
    polars = importlib.import_module("polars")
    return polars.read_parquet([f"{each}/**/*.parquet" if os.path.isdir(each) else each for each in paths], columns=columns)
