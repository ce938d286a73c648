# SPDX-License-Identifier: Apache-2.0
"""Rows and targets as scikit-learn checks them."""

from sklearn.utils.validation import validate_data


def checked(estimator, *arrays, **options):
    """validate_data(). Raises TypeError for a sparse matrix, with what to do."""
    rows = arrays[0] if arrays else None
    if hasattr(rows, "toarray") and hasattr(rows, "nnz"):
        raise TypeError(f"[{type(estimator).__name__}] X is a sparse {type(rows).__name__}, expected a dense array: pass X.toarray(); in a Pipeline, "
                        "OneHotEncoder(sparse_output=False) gives one")
    return validate_data(estimator, *arrays, accept_sparse=False, **options)
