# SPDX-License-Identifier: Apache-2.0
"""Rows and targets as scikit-learn checks them, and what it does not refuse."""

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils.validation import validate_data

from millrace._core import Table
from millrace._frames import refuse_lazy
from millrace._tables import is_missing
from millrace._words import counted
from millrace.errors import DataError, UsageError


def checked(estimator, *arrays, **options):
    """validate_data(). Raises TypeError for a sparse matrix, DataError for masked values and UsageError for a Table, with what to do."""
    rows = arrays[0] if arrays else None
    refuse_masked(estimator, X=rows)
    refuse_lazy(rows, type(estimator).__name__, "X")
    if isinstance(rows, Table):
        raise UsageError(f"[{type(estimator).__name__}] X is a Table, expected an array or a frame of numbers"
                         + (", as fit() got" if hasattr(estimator, "n_features_in_") else "") + ": Classifier and Regressor learn from Tables")
    if is_classifier(estimator) and len(arrays) > 1:
        refuse_missing_labels(estimator, arrays[1])
    if hasattr(rows, "toarray") and hasattr(rows, "nnz"):
        raise TypeError(f"[{type(estimator).__name__}] X is a sparse {type(rows).__name__}, expected a dense array: pass X.toarray(); in a Pipeline, "
                        "OneHotEncoder(sparse_output=False) gives one")
    if isinstance(rows, dict):  # some sparse matrices are one, too
        raise UsageError(f"[{type(estimator).__name__}] X is a dictionary, expected an array or a frame: pass pandas.DataFrame(X)")
    return validate_data(estimator, *arrays, accept_sparse=False, **options)


def refuse_times(estimator, y):
    """Raises UsageError for targets of a regressor that are dates or durations: as numbers they would be counts of some unit."""
    if y.dtype.kind in "mM":
        first = "subtract a date and divide" if y.dtype.kind == "M" else "divide"
        raise UsageError(f"[{type(estimator).__name__}] y has the dtype {y.dtype}, expected numbers: {first} by a duration, such as pandas.Timedelta(days=1)")


def plain_booleans(y):
    """An array of booleans for targets that are all True or False, also as the only column of a frame; other targets unchanged. scikit-learn makes
    numbers of a nullable or categorical column of pandas, and refuses objects."""
    if hasattr(y, "iloc") and np.ndim(y) == 2 and y.shape[1] == 1:
        column = y.iloc[:, 0]
        return y if (found := plain_booleans(column)) is column else found
    kind = getattr(y, "dtype", None)
    if kind is None or np.ndim(y) != 1 or isinstance(kind, np.dtype) and kind != object or not hasattr(y, "iloc") and not isinstance(y, np.ndarray):
        return y
    cells = np.asarray(y, object)
    return cells.astype(bool) if len(cells) and all(isinstance(each, (bool, np.bool_)) for each in cells) else y


def refuse_missing_labels(estimator, y):
    """Raises ValueError for labels of which some are missing; numbers are left to scikit-learn."""
    labels = np.asarray(y)
    if labels.ndim and labels.dtype == object and (missing := sum(map(is_missing, labels.ravel().tolist()))):
        raise ValueError(f"[{type(estimator).__name__}] y is missing in {counted(missing, 'row')}, expected a label in each: leave them out, in pandas with y.notna()")


def refuse_masked(estimator, **given):
    """Raises DataError for a masked array with masked values: scikit-learn would learn the numbers under the mask."""
    for name, value in given.items():
        if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
            remedy = "pass a data frame with NaN in their place, or fill them with X.filled()" if name == "X" else f"leave these rows out, with ~numpy.ma.getmaskarray({name})"
            raise DataError(f"[{type(estimator).__name__}] {name} is a masked array with {int(np.ma.count_masked(value))} masked values, expected numbers "
                            f"throughout: {remedy}")
