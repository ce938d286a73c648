# SPDX-License-Identifier: Apache-2.0
"""Arrays of any kind as what the engine reads: float32 rows, each row contiguous."""

import numpy as np

from millrace._core import Dataset, Table, far_values
from millrace._frames import columns_of, is_frame, is_named
from millrace._warnings import warn
from millrace.errors import DataError, UsageError

_FLOAT32 = np.dtype(np.float32)


def matrix(value, who, what):
    """`value` as a float32 array (rows, columns) whose rows are contiguous and at least as far apart as they are long.

    A float32 array of such a layout is returned as it is, without a copy; one with more dimensions as a view, if NumPy
    can flatten the rows of its layout. Everything else is converted once. One dimension is one column.
    Raises UsageError for objects that are no array of numbers, DataError for numbers that float32 cannot hold.
    """
    array = numbers(value, who, what)
    if array.ndim == 1:
        array = array.reshape(-1, 1)
    elif array.ndim != 2:
        if array.ndim == 0:
            raise UsageError(f"[{who}] {what} is a single {type(value).__name__}, expected an array with one entry for each row")
        array = array.reshape(len(array), -1) if array.size else array.reshape(len(array), int(np.prod(array.shape[1:])))
    rows, columns = array.strides
    if not array.flags.c_contiguous and (columns != 4 or rows < 4 * array.shape[1] or rows % 4):
        array = np.ascontiguousarray(array)
    return array if array.flags.aligned else array.copy()


def names(value):
    """The names of a frame's columns; of anything else none."""
    return [str(each) for each in (value.column_names if hasattr(value, "column_names") else value.columns)] if is_named(value) else []


def warn_of_far_values(who, rows, columns=()):
    """Warns of numbers that probably stand for missing values, such as -9999. columns: their names."""
    for _, text in far_values(Dataset(rows, feature_names=[str(each) for each in columns])):
        warn(f"[{who}] {text}; if that stands for a missing value, replace it, or pass a data frame with NaN in its place, which is filled in")


def warn_of_rounding(who, rows, columns=()):
    """Warns of columns of doubles that differ by less than float32 can tell apart, such as times in seconds. columns: their names."""
    if rows.dtype != np.float64 or not len(rows):
        return
    least, most = rows.min(axis=0), rows.max(axis=0)
    farther = np.maximum(abs(least), abs(most))
    for i in np.flatnonzero((most > least) & (most - least < 1e-3 * farther)):
        with np.errstate(over="ignore"):
            wrong = np.abs(rows[:, i] - rows[:, i].astype(np.float32)).max()
        if wrong > 1e-3 * np.std(rows[:, i] - least[i]):
            name = f"'{columns[i]}'" if len(columns) else i
            warn(f"[{who}] column {name}: its values are from {least[i]:.12g} to {most[i]:.12g}, and float32 rounds them by up to {wrong:.2g}: subtract "
                 f"{np.round(rows[:, i].mean()):.12g} from the column, here and before predict()")


def vector(value, who, what):
    """`value` as a float32 array (rows). A column (rows, 1) is accepted. Raises as matrix()."""
    array = numbers(value, who, what)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array.reshape(-1)
    if array.ndim != 1:
        raise UsageError(f"[{who}] {what} has the shape {array.shape}, expected one number for each row")
    return np.ascontiguousarray(array)


def numbers(value, who, what):
    """`value` as a float32 array of any shape and layout. Raises as matrix()."""
    if type(value) is np.ndarray and value.dtype == _FLOAT32:
        return value
    if hasattr(value, "toarray") and hasattr(value, "nnz"):
        raise UsageError(f"[{who}] {what} is a sparse {type(value).__name__}, expected a dense array: pass {what}.toarray(), "
                         "or the whole numbers of each row to an Embedding layer")
    if is_frame(value):
        columns = columns_of(value, who, what)
        if not columns:
            raise DataError(f"[{who}] {what} has no columns")
        return np.stack([_rounded(each, who, f"column '{name}' of {what}") for name, each in columns.items()], axis=1)
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise DataError(f"[{who}] {what} is a masked array with {int(np.ma.count_masked(value))} masked values, expected numbers "
                        "throughout: fill them with filled()")
    array = _array(value, who, what)
    if array.dtype == _FLOAT32:
        return array if type(array) is np.ndarray else array.view(np.ndarray)
    if array.dtype == object:
        try:
            array = array.astype(np.float64)
        except (ValueError, TypeError) as error:
            _refuse_texts(array, who, what)
            raise DataError(f"[{who}] {what} holds objects that are no numbers ({error}), expected numbers") from None
    if array.dtype.kind not in "biuf":
        _refuse_texts(array, who, what)
        raise DataError(f"[{who}] {what} has the dtype {array.dtype}, expected numbers")
    return _rounded(array, who, what)


def _refuse_texts(array, who, what):
    """Raises DataError for rows or targets that are text: the remedy depends on what the texts say."""
    cells = array.reshape(-1).tolist() if what in ("x", "y") or what.startswith("y ") else []
    texts = [each for each in cells if isinstance(each, str)]
    if not texts:
        return
    if array.ndim == 0:
        raise DataError(f"[{who}] {what} is {texts[0]!r}, expected an array: of a frame, pass the column frame[{texts[0]!r}]")
    if what == "x":
        raise DataError(f"[{who}] x holds texts such as {texts[0]!r}, expected numbers: pass a data frame to a Sequential without an Input, which encodes "
                        "its columns, or encode them with millrace.keras.layers.StringLookup")
    obstacles = Table({"y": texts}).columns[0]["obstacles"] if len(texts) == len(cells) else []
    if obstacles and "marks" in obstacles[0]:
        raise DataError(f"[{who}] {what}: {obstacles[0]}")
    raise DataError(f"[{who}] {what} holds texts such as {texts[0]!r}, expected numbers: number the classes, with "
                    "numpy.unique(y, return_inverse=True)[1], or use millrace.sklearn.Classifier, which takes texts")


def _array(value, who, what):
    """`value` as NumPy sees it: the same memory if it has an array interface or DLPack."""
    if hasattr(value, "detach"):  # a tensor of PyTorch that may be part of a computation
        value = value.detach()
    try:
        if hasattr(value, "__dlpack__") and not hasattr(value, "__array__"):
            return np.from_dlpack(value)
        return np.asarray(value)
    except Exception as error:  # __array__ of other packages raises whatever they like
        device = str(getattr(value, "device", "cpu"))
        remedy = f"; it is on {device}: move it with .cpu()" if "cpu" not in device.lower() else "; pass .float()" if "bfloat16" in str(getattr(value, "dtype", "")) else ""
        raise UsageError(f"[{who}] {what} cannot become an array: {error}{remedy}") from None


def _rounded(array, who, what):
    """`array` in float32. Infinities and NaN pass: the engine names their row and column."""
    with np.errstate(over="ignore"):
        rounded = array.astype(np.float32)
    if array.dtype.kind == "f" and array.dtype.itemsize > 4 and np.any(np.isinf(rounded)) and np.any(np.isinf(rounded) & np.isfinite(array)):
        raise DataError(f"[{who}] {what} has numbers beyond {np.finfo(np.float32).max:.3g}, which float32 cannot hold: scale them")
    return rounded
