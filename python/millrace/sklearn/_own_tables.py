# SPDX-License-Identifier: Apache-2.0
"""What Classifier and Regressor do with data frames and Tables, whose columns the engine prepares."""

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.validation import column_or_1d

from millrace import _core
from millrace._frames import settled
from millrace._reading import feature_names, select_rows, target_name, weights_of
from millrace._tables import column_options, is_array, present, target_column, target_values, unprepared, with_kinds
from millrace._warnings import warn
from millrace._words import counted
from millrace.errors import UsageError
from millrace.sklearn._checked import plain_booleans


def _marks_of(column):
    """Which cells of a target are missing because of what they say, and how to make them a class."""
    marks = column["marks"]
    if not marks:
        return ""
    said = ", ".join(f"{cells} {'cell says' if cells == 1 else 'cells say'} {mark!r}" for mark, cells in marks.items())
    classes = sorted([*column["levels"], *marks])
    return f": {said}" + (f"; if that is a class: read_table(..., classes={classes!r})" if column["kind"] == "label" and len(classes) <= 10 else "")


class TakesTables:
    """A subclass has `columns`, `_engine` once it is trained, and `_several_outputs`."""

    def _new_table(self, X):
        """The Table of a frame whose columns are to be prepared, or None."""
        if self.columns is None:
            return unprepared(X)
        if is_array(X):
            raise UsageError(f"[{type(self).__name__}] columns is given, and X has no names of columns, expected a data frame")
        return self._with_kinds(X)

    def _with_kinds(self, X):
        X = settled(X)
        table = X if isinstance(X, _core.Table) else _core.Table(X)  # which knows its target
        _, kinds = column_options(type(self).__name__, self.columns, table.names)
        return with_kinds(type(self).__name__, X, kinds) if kinds else table

    def _table(self, X):
        """The Table of a frame, if the model takes tables."""
        return self._with_kinds(X) if hasattr(self, "_engine") and self._engine.table_columns() else None

    def _with_target(self, X, y, weights, who):
        """(X, y, weights), with booleans as such; of a Table without y, those of the rows whose target is not missing."""
        weights = weights_of(who, X, weights)
        if y is None and target_name(X):
            return self._rows_with_target(X, weights, who)
        if y is None and isinstance(X, _core.Table):
            raise UsageError(f"[{who}] y is missing, expected a label or number for each row: or name the column, with Table(..., target=...)")
        return X, plain_booleans(y), weights

    def _rows_with_target(self, table, weights, who):
        y = target_values(table)
        held = present(y)
        if len(held) == len(y):
            return table, y, weights
        column = target_column(table)
        warn(f"[{who}] the target '{target_name(table)}' is missing in {counted(len(y) - len(held), 'row')}, left out{_marks_of(column)}")
        y = y[held]
        if y.dtype.kind == "f" and (y == np.floor(y)).all() and column["kind"] == "label":
            y = y.astype(int)
        return select_rows(table, held), plain_booleans(y), None if weights is None else np.asarray(weights)[held]

    def _checked_targets(self, table, y):
        """y as an array with an entry for each row; remembers the names of the columns."""
        y = self._target_array(table, y, "fit")
        self.feature_names_in_ = np.array(feature_names(table), object)
        self.n_features_in_ = len(self.feature_names_in_)
        return y

    def _target_array(self, table, y, who):
        y = check_array(y, ensure_2d=False, dtype=None, input_name="y") if self._several_outputs else column_or_1d(y, warn=True)
        if len(y) != len(table):
            raise ValueError(f"[{who}] X has {len(table)} rows and y {len(y)}, expected the same number")
        return y
