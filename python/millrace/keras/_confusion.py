# SPDX-License-Identifier: Apache-2.0
"""Rows counted by actual and predicted class."""

import numpy as np


class ConfusionMatrix:
    """counts[actual, predicted], and the names of the classes. np.asarray() gives the counts."""

    def __init__(self, counts, classes):
        self.counts, self.classes = counts, classes

    def __array__(self, dtype=None, copy=None):
        return self.counts if dtype is None else self.counts.astype(dtype)

    def __getitem__(self, place):
        return self.counts[place]

    def __repr__(self):
        cells = [["", *map(str, self.classes)], *([str(name), *(f"{each:g}" for each in row)] for name, row in zip(self.classes, self.counts))]
        widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
        return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths)) for row in cells)

    def _repr_html_(self):
        from millrace.keras import _html

        return _html.confusion(self)

    @classmethod
    def of(cls, counts, names):
        counts = np.asarray(counts)
        return cls(counts, list(names) if names is not None else list(range(len(counts))))
