#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The defaults of millrace.sklearn.Classifier and Regressor beside validation=0 and a linear model, on small tables of scikit-learn and made by
it: the table in docs/python.md. Five folds; one thread, and times are of the processor, so that a busy machine does not matter."""

import argparse
import time
import warnings

import numpy as np
from sklearn import datasets
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from millrace.sklearn import Classifier, Regressor


def classes():
    random = np.random.RandomState(0)
    product = random.randn(800, 4)
    x, y = datasets.make_hastie_10_2(2000, random_state=0)
    return {"iris": datasets.load_iris(return_X_y=True), "wine": datasets.load_wine(return_X_y=True), "breast_cancer": datasets.load_breast_cancer(return_X_y=True),
            "digits": datasets.load_digits(return_X_y=True), "a fifth of labels wrong": datasets.make_classification(600, 20, flip_y=0.4, random_state=0),
            "no label wrong": datasets.make_classification(2000, 20, n_informative=10, flip_y=0.0, random_state=2), "one row in 20": datasets.make_classification(1500, 15, weights=[0.95], random_state=1),
            "moons": datasets.make_moons(500, noise=0.3, random_state=0), "circles": datasets.make_circles(500, noise=0.1, factor=0.6, random_state=0),
            "hastie_10_2": (x, y), "sign of a product": (product, (product[:, 0] * product[:, 1] > 0).astype(int))}


def numbers():
    random = np.random.RandomState(0)
    x = random.uniform(-3, 3, (1000, 1))
    return {"diabetes": datasets.load_diabetes(return_X_y=True), "friedman1, noise 1": datasets.make_friedman1(500, noise=1.0, random_state=0),
            "friedman2, noise 50": datasets.make_friedman2(1000, noise=50, random_state=0), "friedman3, noise 0.1": datasets.make_friedman3(1000, noise=0.1, random_state=0),
            "linear, noise 50": datasets.make_regression(300, 20, noise=50, random_state=0), "linear": datasets.make_regression(400, 10, random_state=3),
            "sine": (x, np.sin(2 * x[:, 0])), "noise alone": (random.randn(400, 10), random.randn(400))}


def measured(make, x, y, folds, score):
    """(mean score, seconds of the processor for a fit)"""
    scores, seconds = [], []
    for seed, (train, test) in enumerate(folds.split(x, y)):
        model = make(seed)
        start = time.process_time()
        model.fit(x[train], y[train])
        seconds.append(time.process_time() - start)
        scores.append(score(model, x[test], y[test]))
    return np.mean(scores), np.median(seconds)


def loss_of(model, x, y):
    return log_loss(y, np.clip(model.predict_proba(x).astype(float), 1e-7, 1 - 1e-7), labels=model.classes_)


def table(title, tables, estimator, linear, folds, score):
    print(f"\n| {title} | rows x columns | linear | `validation=0` | defaults | time |\n|---|---|---|---|---|---|")
    for name, (x, y) in tables.items():
        line = measured(lambda _: make_pipeline(StandardScaler(), linear), x, y, folds, score)
        before = measured(lambda seed: estimator(validation=0, threads=1, random_state=seed), x, y, folds, score)
        after = measured(lambda seed: estimator(threads=1, random_state=seed), x, y, folds, score)
        print(f"| {name} | {x.shape[0]} x {x.shape[1]} | {line[0]:.3f} | {before[0]:.3f} | {after[0]:.3f} | {after[1] / before[1]:.1f} |", flush=True)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    warnings.simplefilter("ignore")
    table("log loss", classes(), Classifier, LogisticRegression(max_iter=1000), StratifiedKFold(5, shuffle=True, random_state=1), loss_of)
    table("R2", numbers(), Regressor, LinearRegression(), KFold(5, shuffle=True, random_state=1), lambda model, x, y: model.score(x, y))
