# SPDX-License-Identifier: Apache-2.0
"""What rows and batches weigh: class weights that weighted metrics see, and means over the batches of an epoch."""

import numpy as np

from millrace._core import Dataset


def with_class_weights(data, class_weight, training):
    """The Dataset in which each of the first `training` rows weighs its own weight times that of its class; or None if a target is no
    class. class_weight: a list, by class."""
    targets = np.asarray(data.targets)
    classes = targets.argmax(axis=1) if targets.shape[1] > 1 else targets[:, 0]
    weights = np.ones(len(targets), np.float32) if data.weights is None else np.array(data.weights, np.float32)
    own = classes[:training]
    if not np.isin(own, range(len(class_weight))).all():
        return None
    weights[:training] *= np.asarray(class_weight, np.float32)[own.astype(int)]
    return Dataset(data.features, data.targets, weights, feature_names=data.feature_names)


class BatchMeans:
    """Means over the batches of an epoch: of losses and metrics by rows, of weighted metrics by the weights of rows, of a root by its
    squares. Other metrics that are no sums over rows, such as AUC, are means over batches, too."""

    def __init__(self, reported):
        self.reported = {each.name: each for each in reported}
        self.sums = {}  # name: (sum of value times share, sum of shares)

    def add(self, logs, data):
        """The means with another batch, whose values are `logs` and whose rows are `data`. A dictionary."""
        rows = float(data.rows)
        weight = rows if data.weights is None else float(np.sum(data.weights, dtype=np.float64))
        for name, value in logs.items():
            metric = self.reported.get(name)
            share = weight if metric is not None and metric.weighted else rows
            power = 2 if metric is not None and metric.is_root else 1
            total, size = self.sums.get(name, (0.0, 0.0))
            self.sums[name] = (total + share * value**power, size + share) if share > 0 else (total, size)
        return {name: self._mean(name) for name in logs}

    def _mean(self, name):
        total, size = self.sums[name]
        mean = total / size if size > 0 else 0.0
        return mean**0.5 if name in self.reported and self.reported[name].is_root else mean
