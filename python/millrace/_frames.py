# SPDX-License-Identifier: Apache-2.0
"""Data frames as columns: pandas, Polars, PyArrow, and whatever gives an Arrow stream, such as a result of DuckDB. None of these
packages is imported, unless a stream needs one to read it."""

import sys

import numpy as np

from millrace._warnings import warn
from millrace.errors import DataError, UnsupportedError, UsageError


def is_named(value):
    """Whether it has columns with names."""
    if hasattr(value, "__array_interface__") or isinstance(value, (list, tuple, dict)):
        return False
    return hasattr(value, "columns") and hasattr(value, "shape") or hasattr(value, "column_names")


def is_frame(value):
    """Whether it is a table of columns, and no array."""
    return is_named(value) or hasattr(value, "__arrow_c_stream__") and not hasattr(value, "__array__")


def settled(value):
    """The value, but a table in the place of an object that has only an Arrow stream, which may be read once."""
    refuse_lazy(value, "data", "x")
    return _readable(value, "data", "x") if is_frame(value) and not is_named(value) else value


def refuse_lazy(value, who, what):
    """Raises UsageError for a frame whose rows are still to be computed."""
    if hasattr(value, "collect") and hasattr(value, "collect_schema"):
        raise UsageError(f"[{who}] {what} is a {type(value).__name__}, which has no rows yet, expected a frame: pass {what}.collect()")


def columns_of(frame, who, what):
    """{name: column} of a frame of numbers, each a one-dimensional array; what is missing is NaN.

    Raises DataError for a column that is no number, with its name and what to do.
    """
    frame = _readable(frame, who, what)
    names = [str(each) for each in (frame.column_names if hasattr(frame, "column_names") else frame.columns)]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise DataError(f"[{who}] {what} has two columns with the name '{name}', expected different names")
    _warn_of_row_numbers(names, who, what)
    return {name: _numbers(_column(frame, i), name, who, what) for i, name in enumerate(names)}


def _warn_of_row_numbers(names, who, what):
    """Warns of a column that a table would leave out for its name; an array has it."""
    from millrace._core import Table

    for column in Table({name: np.zeros(1) for name in names if name}).columns if any(names) else []:
        if column["kind"] == "ignore":
            warn(f"[{who}] {what} has a column '{column['name']}', which probably counts the rows, as pandas writes them: leave it out, with "
                 "pandas.read_csv(..., index_col=0), or rename it")


def _readable(frame, who, what):
    """The frame itself if its columns can be asked for, else a table made from its Arrow stream."""
    if hasattr(frame, "iloc") or hasattr(frame, "get_column") or hasattr(frame, "column_names"):
        return frame
    if not hasattr(frame, "__arrow_c_stream__"):
        raise UnsupportedError(f"[{who}] {what} is a {type(frame).__module__}.{type(frame).__name__}, expected arrays, or a frame of pandas, Polars or Arrow")
    for package, make in (("pyarrow", "table"), ("polars", "DataFrame")):
        if package in sys.modules or _installed(package):
            return getattr(__import__(package), make)(frame)
    raise UnsupportedError(f"[{who}] {what} is a {type(frame).__name__} with an Arrow stream, which needs pyarrow or polars: install one, or pass {what}.to_numpy()")


def _installed(package):
    import importlib.util

    return importlib.util.find_spec(package) is not None


def _column(frame, i):
    if hasattr(frame, "iloc"):
        return frame.iloc[:, i]
    return frame.get_columns()[i] if hasattr(frame, "get_columns") else frame.column(i)


def _numbers(column, name, who, what):
    kind = str(getattr(column, "dtype", getattr(column, "type", "")))
    array = _array(column)
    if array.dtype.kind in "biuf":
        return array
    if array.dtype == object:  # missing cells among numbers
        try:
            return np.array([np.nan if _is_missing(each) else float(each) if not isinstance(each, (str, bytes)) else _no_number(each) for each in array.tolist()])
        except (TypeError, ValueError):
            pass
    remedy = {"M": "subtract a date and divide by a duration, such as pandas.Timedelta(days=1)", "m": "divide it by a duration"}.get(
        array.dtype.kind, "encode it, for example with millrace.keras.layers.StringLookup or scikit-learn's OneHotEncoder, or leave it out")
    raise DataError(f"[{who}] column '{name}' of {what} is {kind or array.dtype}, expected numbers: {remedy}")


def _array(column):
    if hasattr(column, "to_numpy"):
        try:
            return np.asarray(column.to_numpy(zero_copy_only=False) if hasattr(column, "num_chunks") or hasattr(column, "offset") else column.to_numpy())
        except (TypeError, ValueError):
            pass
    return np.asarray(column)


def _is_missing(cell):
    return cell is None or type(cell).__name__ in ("NAType", "NaTType") or isinstance(cell, float) and cell != cell


def _no_number(cell):
    raise ValueError(cell)
