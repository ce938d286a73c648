# SPDX-License-Identifier: Apache-2.0
"""Arrays of any kind as what the engine reads: float32 rows, each row contiguous."""

import numpy as np

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
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise DataError(f"[{who}] {what} is a masked array with {int(np.ma.count_masked(value))} masked values, expected numbers "
                        "throughout: fill them with filled()")
    try:
        array = np.asarray(value)
    except (ValueError, TypeError) as error:
        raise UsageError(f"[{who}] {what} cannot become an array: {error}") from None
    if array.dtype == _FLOAT32:
        return array if type(array) is np.ndarray else array.view(np.ndarray)
    if array.dtype == object:
        try:
            array = array.astype(np.float64)
        except (ValueError, TypeError) as error:
            raise DataError(f"[{who}] {what} holds objects that are no numbers ({error}), expected numbers") from None
    if array.dtype.kind not in "biuf":
        raise DataError(f"[{who}] {what} has the dtype {array.dtype}, expected numbers")
    return _rounded(array, who, what)


def _rounded(array, who, what):
    """`array` in float32. Infinities and NaN pass: the engine names their row and column."""
    with np.errstate(over="ignore"):
        rounded = array.astype(np.float32)
    if array.dtype.kind == "f" and array.dtype.itemsize > 4 and np.any(np.isinf(rounded)) and np.any(np.isinf(rounded) & np.isfinite(array)):
        raise DataError(f"[{who}] {what} has numbers beyond {np.finfo(np.float32).max:.3g}, which float32 cannot hold: scale them")
    return rounded
