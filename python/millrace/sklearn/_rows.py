# SPDX-License-Identifier: Apache-2.0
"""Rows of a table that one batch holds."""

import numpy as np

_MOST_ROWS = 4096  # sorting more would cost more than it is worth


def counted_once(X, targets, weights):
    """(X, targets, weights) with equal rows once, and the sum of their weights; in an order that only the values determine.

    A batch is a sum over its rows, so nothing but rounding changes. And rounding no longer depends on the order of the rows, nor on
    whether a row has the weight 2 or is there twice, as scikit-learn demands of its estimators.
    """
    if len(X) > _MOST_ROWS or weights is not None and (weights < 0).any():
        return X, targets, weights
    columns = X.shape[1]
    table = np.column_stack([X.astype(np.float32), targets])  # in double if the targets are
    weights = np.ones(len(table)) if weights is None else np.asarray(weights, np.float64)
    if not np.isfinite(table).all() or not (weights > 0).any():
        return X, targets, weights.astype(np.float32)
    table, weights = table[weights > 0], weights[weights > 0]
    rows, places = np.unique(table, axis=0, return_inverse=True)
    sums = np.bincount(places.ravel(), weights).astype(np.float32)
    return rows[:, :columns].astype(np.float32), rows[:, columns:], None if (sums == 1).all() else sums
