# SPDX-License-Identifier: Apache-2.0
"""Compares every metric with scikit-learn's on the same predictions: the output of `evaluate` for a table, and scikit-learn's value for
the scores that `predict` writes. Rows appear several times, so that some scores are equal."""
import json
import unittest
import warnings

import numpy
import sklearn.metrics as sk
from program import ProgramTest, read_table, write_table

TOLERANCE = 1e-9
ROWS = 700


def averages(name, function, **options):
    """The metric with each average for several classes."""
    return {f"{name}:{average}": lambda t, p, w, a=average: function(t, p, average=a, sample_weight=w, zero_division=0, **options)
            for average in ("macro", "micro", "weighted")}


def specificity(t, p, w):
    """The recall of all rows that are not of the class."""
    return sk.recall_score(1 - t, 1 - p, sample_weight=w, zero_division=0)


def calibration_error(right, p, w, bins):
    w = numpy.ones(len(p)) if w is None else w
    place = numpy.searchsorted(numpy.linspace(0, 1, bins + 1)[1:-1], p)
    parts = [(w[place == b].sum(), place == b) for b in range(bins)]
    return sum(weight * abs(numpy.average(right[rows], weights=w[rows]) - numpy.average(p[rows], weights=w[rows]))
               for weight, rows in parts if weight > 0) / w.sum()


def recall_at(t, p, w, rate):
    false, true, _ = sk.roc_curve(t, p, sample_weight=w, drop_intermediate=False)
    return true[false <= rate].max()


def precision_at(t, p, w, k):
    """Exact value of the mean over all orders of equal scores: k takes a part of a group of equal scores, and scikit-learn gives the
    precision of the group. (Averaging random orders would give three digits only.)"""
    w = numpy.ones(len(p)) if w is None else w
    limit = numpy.sort(p)[::-1][min(k, len(p)) - 1]
    above, at = p > limit, p == limit
    part = (min(k, len(p)) - above.sum()) / at.sum()
    return sk.precision_score(t, p >= limit, sample_weight=w * numpy.where(above, 1, part), zero_division=0)


def one_vs_rest(function):
    """The mean over the classes."""
    return lambda t, p, w: numpy.mean([function(t == k, p[:, k], w) for k in range(p.shape[1])])


# Functions of targets, scores and row weights.
BINARY = {
    "accuracy": lambda t, p, w: sk.accuracy_score(t, p > 0.5, sample_weight=w),
    "binary_accuracy:0.4": lambda t, p, w: sk.accuracy_score(t, p > numpy.float32(0.4), sample_weight=w),
    "precision": lambda t, p, w: sk.precision_score(t, p > 0.5, sample_weight=w),
    "recall:threshold=0.3": lambda t, p, w: sk.recall_score(t, p > numpy.float32(0.3), sample_weight=w),
    "f_beta:2": lambda t, p, w: sk.fbeta_score(t, p > 0.5, beta=2, sample_weight=w),
    "f1:average=macro": lambda t, p, w: sk.f1_score(t, p > 0.5, average="macro", sample_weight=w),
    "f1:average=weighted": lambda t, p, w: sk.f1_score(t, p > 0.5, average="weighted", sample_weight=w),
    "precision:micro": lambda t, p, w: sk.precision_score(t, p > 0.5, average="micro", sample_weight=w),
    "specificity": lambda t, p, w: specificity(t, p > 0.5, w),
    "balanced_accuracy": lambda t, p, w: sk.balanced_accuracy_score(t, p > 0.5, sample_weight=w),
    "mcc": lambda t, p, w: sk.matthews_corrcoef(t, p > 0.5, sample_weight=w),
    "roc_auc": lambda t, p, w: sk.roc_auc_score(t, p, sample_weight=w),
    "pr_auc": lambda t, p, w: sk.average_precision_score(t, p, sample_weight=w),
    "recall_at_fpr:0.05": lambda t, p, w: recall_at(t, p, w, 0.05),
    "recall_at_fpr:0": lambda t, p, w: recall_at(t, p, w, 0),
    **{f"precision_at_k:{k}": lambda t, p, w, k=k: precision_at(t, p, w, k) for k in (1, 10, 333, ROWS, ROWS + 1)},
    "log_loss": lambda t, p, w: sk.log_loss(t, p, sample_weight=w),
    "ece": lambda t, p, w: calibration_error(t, p, w, 15),
    "ece:4": lambda t, p, w: calibration_error(t, p, w, 4),
    "mae": lambda t, p, w: sk.mean_absolute_error(t, p, sample_weight=w),
}
CLASSES = {
    "accuracy": lambda t, p, w: sk.accuracy_score(t, p.argmax(1), sample_weight=w),
    "categorical_accuracy": lambda t, p, w: sk.accuracy_score(t, p.argmax(1), sample_weight=w),
    "top_k:2": lambda t, p, w: sk.top_k_accuracy_score(t, p, k=2, sample_weight=w, labels=range(p.shape[1])),
    "balanced_accuracy": lambda t, p, w: sk.balanced_accuracy_score(t, p.argmax(1), sample_weight=w),
    "matthews_correlation": lambda t, p, w: sk.matthews_corrcoef(t, p.argmax(1), sample_weight=w),
    "precision": lambda t, p, w: sk.precision_score(t, p.argmax(1), average="macro", sample_weight=w, zero_division=0),
    **{name: lambda t, p, w, f=f: f(t, p.argmax(1), w) for name, f in
       {**averages("precision", sk.precision_score), **averages("recall", sk.recall_score), **averages("f_beta:0.5", sk.fbeta_score, beta=0.5)}.items()},
    "specificity": lambda t, p, w: numpy.mean([specificity(t == k, p.argmax(1) == k, w) for k in range(p.shape[1])]),
    "roc_auc": one_vs_rest(lambda t, p, w: sk.roc_auc_score(t, p, sample_weight=w)),
    "average_precision": one_vs_rest(lambda t, p, w: sk.average_precision_score(t, p, sample_weight=w)),
    "recall_at_false_positive_rate:0.1": one_vs_rest(lambda t, p, w: recall_at(t, p, w, 0.1)),
    "precision_at_k:k=50": one_vs_rest(lambda t, p, w: precision_at(t, p, w, 50)),
    # scikit-learn leaves it to the caller to divide rows by their sum, and warns if that is not 1.
    "log_loss": lambda t, p, w: sk.log_loss(t, p / p.sum(1, keepdims=True), sample_weight=w),
    "calibration_error:10": lambda t, p, w: calibration_error(p.argmax(1) == t, p.max(1), w, 10),
}
LABELS = {
    "binary_accuracy": lambda t, p, w: numpy.average((t == (p > 0.5)).mean(1), weights=w),
    "subset_accuracy": lambda t, p, w: sk.accuracy_score(t, p > 0.5, sample_weight=w),
    **{f"{name}:multilabel=true": lambda t, p, w, f=f: f(t, p > 0.5, w) for name, f in
       {**averages("precision", sk.precision_score), **averages("recall", sk.recall_score), **averages("f_beta:2", sk.fbeta_score, beta=2)}.items()},
    "roc_auc": lambda t, p, w: sk.roc_auc_score(t, p, sample_weight=w),
    "pr_auc": lambda t, p, w: sk.average_precision_score(t, p, sample_weight=w),
    "precision_at_k": lambda t, p, w: numpy.mean([precision_at(t[:, k], p[:, k], w, 10) for k in range(p.shape[1])]),
    "log_loss:multilabel=true": lambda t, p, w: numpy.mean([sk.log_loss(t[:, k], p[:, k], sample_weight=w) for k in range(p.shape[1])]),
}
NUMBERS = {
    "mean_absolute_error": lambda t, p, w: sk.mean_absolute_error(t, p, sample_weight=w),
    "mse": lambda t, p, w: sk.mean_squared_error(t, p, sample_weight=w),
    "rmse": lambda t, p, w: sk.root_mean_squared_error(t, p, sample_weight=w),
    "r2": lambda t, p, w: sk.r2_score(t, p, sample_weight=w),
}


class Metrics(ProgramTest):
    # A loss that takes the last activation over computes it by itself, and differs from predict in last bits: where
    # another layer is the last, it leaves it where it is.
    UNFUSED = ",dropout:0"

    def setUp(self):
        super().setUp()
        random = numpy.random.default_rng(7)
        # 0, 0.25 .. 1: so few values that rows repeat, and scores with them
        self.x = random.integers(0, 5, (ROWS, 3)).astype(numpy.float32) / 4
        self.noise = random.normal(0, 0.5, (ROWS, 2)).astype(numpy.float32)
        self.weights = random.integers(0, 8, ROWS) / 4

    def compare(self, targets, names, layers, loss, metrics, *words):
        header = ["a", "b", "c", *names, "w"]
        table = self.folder / "table.csv"
        write_table(table, header, [[*x, *numpy.atleast_1d(t), w] for x, t, w in zip(self.x.tolist(), targets.tolist(), self.weights)])
        self.train("--data", table, "--target", ",".join(names), "--ignore", "w", "--layers", layers, "--loss", loss,
                   "--metrics", ",".join(metrics), "--epochs", 3, "--seed", 1, "--learning-rate", 0.02, *words)
        self.predict(table)
        outputs = int(layers.removesuffix(self.UNFUSED).split(",")[-1].split(":")[0])
        scores = numpy.array([row[:outputs] for row in read_table(self.folder / "predictions.csv")[1]], dtype=numpy.float32)
        scores = scores.astype(numpy.float64)
        if scores.shape[1] == 1:
            scores = scores[:, 0]
        for weights in (None, self.weights):
            asked = ["evaluate", self.model, "--data", table, "--json"] + ([] if weights is None else ["--sample-weight", "w"])
            ours = json.loads(self.millrace(*asked))
            self.assertEqual(self.millrace(*asked, "--threads", 1), self.millrace(*asked, "--threads", 3))
            for name, function in metrics.items():
                with self.subTest(metric=name, weighted=weights is not None), warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # float32 probabilities do not sum to 1 in double
                    self.assertAlmostEqual(ours[name], function(targets, scores, weights), delta=TOLERANCE * max(1, abs(ours[name])))

    def test_two_classes(self):
        targets = (self.x.sum(1) + self.noise[:, 0] > 1.5).astype(int)
        self.compare(targets, ["t"], "4:tanh,1:sigmoid" + self.UNFUSED, "binary_crossentropy", BINARY)

    def test_several_classes(self):
        targets = numpy.digitize(self.x.sum(1) + self.noise[:, 0], [0.8, 1.3, 1.8])
        self.compare(targets, ["t"], "8:tanh,4:softmax" + self.UNFUSED, "sparse_categorical_crossentropy", CLASSES)

    def test_a_class_that_nobody_has(self):
        targets = numpy.digitize(self.x.sum(1) + self.noise[:, 0], [0.8, 1.3])
        only = {name: f for name, f in CLASSES.items() if name.split(":")[0] in ("precision", "recall", "f_beta", "balanced_accuracy")}
        self.compare(targets, ["t"], "8:tanh,4:softmax" + self.UNFUSED, "sparse_categorical_crossentropy", only)

    def test_several_answers(self):
        targets = (self.x[:, :2] + self.noise > 0.5).astype(int)
        self.compare(targets, ["t", "u"], "4:tanh,2:sigmoid" + self.UNFUSED, "binary_crossentropy", LABELS)

    def test_numbers(self):
        targets = (100000 + self.x[:, :2] + self.noise).astype(numpy.float32)
        self.compare(targets, ["t", "u"], "4:tanh,2", "mean_squared_error", NUMBERS)
        self.compare(self.noise[:, 0], ["t"], "4:tanh,1", "mean_squared_error", NUMBERS)


if __name__ == "__main__":
    unittest.main()
