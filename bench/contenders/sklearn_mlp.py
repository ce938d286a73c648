# SPDX-License-Identifier: Apache-2.0
"""scikit-learn: MLPClassifier.fit for a number of epochs, on float32 arrays, early stopping and L2 off.

The figure is the time of fit() divided by the epochs, because fit() has no clock inside. The fastest number of BLAS threads depends on the
network and is found by trial.
"""
import time
import warnings

from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from job import Job, Skip, fastest_threads
from workloads import LEARNING_RATE, load, mean_loss

ACTIVATIONS = {"sigmoid": "logistic", "relu": "relu", "tanh": "tanh"}


def prepare(workload, data, threads):
    if workload.regression:
        raise Skip("this column is MLPClassifier, and the workload is a regression")
    warnings.simplefilter("ignore", ConvergenceWarning)  # the warning that max_iter was reached, as intended
    x, y = load(workload, data)
    classes = y.astype(int)
    notes = {"threads": threads}
    model = None

    def fit(epochs):
        nonlocal model
        model = MLPClassifier(workload.widths[1:-1], activation=ACTIVATIONS[workload.hidden], solver="adam", alpha=0.0,
                              batch_size=workload.batch, learning_rate_init=LEARNING_RATE, max_iter=epochs, tol=0.0,
                              n_iter_no_change=10**9)
        start = time.perf_counter()
        model.fit(x, classes)
        return (time.perf_counter() - start) / epochs

    def fit_with(limit, epochs):
        with threadpool_limits(limit, user_api="blas"):
            return fit(epochs)

    def tune():
        notes["threads"] = fastest_threads(threads, lambda limit: fit_with(limit, 2))

    def run(epochs):
        return [fit_with(notes["threads"], epochs + 1)]

    def loss_now():
        p = model.predict_proba(x)
        return mean_loss(workload, p[:, 1] if workload.widths[-1] == 1 else p, y)

    return Job(workload.steps, run, loss_now, tune, notes)
