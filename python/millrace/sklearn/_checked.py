# SPDX-License-Identifier: Apache-2.0
"""Rows and targets as scikit-learn checks them, and what it does not refuse."""

from sklearn.utils.validation import validate_data

from millrace._core import Table
from millrace.errors import UsageError


def checked(estimator, *arrays, **options):
    """validate_data(). Raises TypeError for a sparse matrix and UsageError for a Table, with what to do."""
    rows = arrays[0] if arrays else None
    if isinstance(rows, Table):
        raise UsageError(f"[{type(estimator).__name__}] X is a Table, expected an array or a frame of numbers"
                         + (", as fit() got" if hasattr(estimator, "n_features_in_") else "") + ": Classifier and Regressor learn from Tables")
    if hasattr(rows, "toarray") and hasattr(rows, "nnz"):
        raise TypeError(f"[{type(estimator).__name__}] X is a sparse {type(rows).__name__}, expected a dense array: pass X.toarray(); in a Pipeline, "
                        "OneHotEncoder(sparse_output=False) gives one")
    return validate_data(estimator, *arrays, accept_sparse=False, **options)


def refuse_times(estimator, y):
    """Raises UsageError for targets of a regressor that are dates or durations: as numbers they would be counts of some unit."""
    if y.dtype.kind in "mM":
        first = "subtract a date and divide" if y.dtype.kind == "M" else "divide"
        raise UsageError(f"[{type(estimator).__name__}] y has the dtype {y.dtype}, expected numbers: {first} by a duration, such as pandas.Timedelta(days=1)")
