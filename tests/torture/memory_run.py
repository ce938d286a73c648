#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains, evaluates, exports and predicts in one process, again and again; its memory and its open files must not grow.

Usage:  tests/torture/memory_run.py [--minutes 120] [--out FIGURES.csv]

A round makes one model of each kind in WORK, all from one seed. After each round the run notes the resident memory, the
bytes that malloc has given out, those that it holds in reserve, the objects of Python, threads and open files. The first
tenth of the time warms up. Afterwards resident memory may rise by 1 MiB in all; the exit code is 1 if it rises more, or
if there are more open files. malloc's bytes in use tell a leak from fragmentation: only a leak makes them rise.
"""
import argparse
import contextlib
import ctypes
import gc
import io
import os
import pathlib
import pickle
import sys
import tempfile
import time
import warnings

import numpy as np

import millrace
from millrace import keras, sklearn

MOST_GROWTH = 1024  # KiB
LEAST_ROUNDS = 4  # after warming up
FIGURES = ("seconds", "rounds", "resident_kib", "in_use_kib", "reserve_kib", "mapped_kib", "python_blocks", "threads", "open_files")


class Rows:
    """The rows that every model gets."""

    def __init__(self, folder):
        draws = np.random.RandomState(7)
        self.x = draws.uniform(-1, 1, (512, 20)).astype(np.float32)
        self.y = (self.x.sum(1) > 0).astype(np.float32)
        self.images = draws.uniform(0, 1, (96, 12, 12, 1)).astype(np.float32)
        self.digits = draws.randint(0, 5, 96)
        self.frame = {"size": self.x[:, 0], "colour": np.array(["red", "green", "blue", "none"])[draws.randint(0, 4, 512)], "day": draws.randint(0, 365, 512)}
        self.csv = str(folder / "rows.csv")
        np.savetxt(self.csv, np.column_stack([self.x[:, :4], self.y]), delimiter=",", header="a,b,c,d,y", comments="", fmt="%.6f")


def of_arrays(rows, folder):
    """Dense layers, validation, early stopping, files of weights and of ONNX."""
    layers = [keras.Input((20,)), keras.layers.Dense(64, activation="relu"), keras.layers.Dropout(0.1), keras.layers.Dense(1, activation="sigmoid")]
    model = keras.Sequential(layers)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy", "auc"])
    stopping = [keras.callbacks.EarlyStopping("val_loss", restore_best_weights=True), keras.callbacks.ModelCheckpoint(str(folder / "best.onnx"))]
    model.fit(rows.x, rows.y, epochs=4, validation_split=0.25, verbose=0, callbacks=stopping)
    model.evaluate(rows.x, rows.y, verbose=0)
    model.save(folder / "dense.onnx")
    same(keras.models.load_model(folder / "dense.onnx").predict(rows.x, verbose=0), model.predict(rows.x, verbose=0))


def of_images(rows, folder):
    """Convolutions, pooling and batch normalisation; files of Keras."""
    inputs = keras.Input((12, 12, 1))
    x = keras.layers.Conv2D(8, 3, activation="relu")(inputs)
    x = keras.layers.MaxPooling2D()(keras.layers.BatchNormalization()(x))
    model = keras.Model(inputs, keras.layers.Dense(5, activation="softmax")(keras.layers.Flatten()(x)))
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(rows.images, rows.digits, epochs=2, verbose=0)
    model.save(folder / "images.keras")
    same(keras.models.load_model(folder / "images.keras").predict(rows.images, verbose=0), model.predict(rows.images, verbose=0))


def of_a_table(rows, folder):
    """Columns of several kinds, which the model prepares; pickles."""
    model = keras.Sequential([keras.layers.Dense(16, activation="tanh"), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(rows.frame, rows.y, epochs=2, verbose=0)
    model.save(folder / "table.onnx")
    same(pickle.loads(pickle.dumps(model)).predict(rows.frame, verbose=0), model.predict(rows.frame, verbose=0))


def of_a_file(rows, folder):
    """A CSV file and the words of the engine; checkpoints in memory."""
    data = millrace.read_csv(rows.csv, ["y"])
    model = millrace.Model([{"op": "dense", "units": 12, "activation": "tanh"}, {"op": "dense", "units": 1}])
    model.build(data, 3)
    model.compile("mse", "adam", [])
    training, validation = millrace.split_last(data, 0.2)
    model.fit(training, epochs=2, batch_size=32, validation=validation, seed=1)
    model.export_onnx(str(folder / "file.onnx"))
    same(millrace.Model.from_checkpoint_bytes(model.checkpoint_bytes()).predict(data), model.predict(data))


def of_several_outputs(rows, folder):
    """Two outputs, batches of a generator, and steps of one batch."""
    inputs = keras.Input((20,))
    hidden = keras.layers.Dense(16, activation="relu")(inputs)
    model = keras.Model(inputs, {"a": keras.layers.Dense(1, name="a")(hidden), "b": keras.layers.Dense(1, name="b")(hidden)})
    model.compile("rmsprop", {"a": "mse", "b": "mae"})
    model.fit(rows.x, {"a": rows.y, "b": rows.y}, epochs=2, verbose=0)
    model.fit(((rows.x[i:i + 64], {"a": rows.y[i:i + 64], "b": rows.y[i:i + 64]}) for i in range(0, 512, 64)), steps_per_epoch=8, verbose=0)
    model.train_on_batch(rows.x, {"a": rows.y, "b": rows.y})
    model.evaluate(rows.x, {"a": rows.y, "b": rows.y}, verbose=0)
    model.save(folder / "outputs.onnx")


def of_scikit_learn(rows, _):
    """Estimators, and their pickles."""
    model = sklearn.MLPClassifier((16,), max_iter=3, random_state=1).fit(rows.x, rows.y)
    same(pickle.loads(pickle.dumps(model)).predict_proba(rows.x), model.predict_proba(rows.x))
    sklearn.Regressor([8], epochs=2).fit(rows.x, rows.y).predict(rows.x)


def that_fail(rows, folder):
    """Errors: a run that diverges, wrong shapes, a damaged file, a folder that does not exist."""
    model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(8), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e30), "mse")
    (folder / "damaged.onnx").write_bytes((folder / "dense.onnx").read_bytes()[:700])
    for wrong in (lambda: model.fit(rows.x, rows.y, epochs=9, verbose=0), lambda: model.predict(rows.x[:, :3], verbose=0),
                  lambda: keras.models.load_model(folder / "damaged.onnx"), lambda: model.save(folder / "none" / "m.onnx"),
                  lambda: millrace.read_csv(rows.csv, ["z"])):
        try:
            wrong()
        except millrace.errors.MillraceError:
            continue
        raise AssertionError("no error")


WORK = (of_arrays, of_images, of_a_table, of_a_file, of_several_outputs, of_scikit_learn, that_fail)


def same(a, b):
    if not np.allclose(a, b, atol=1e-5):
        raise AssertionError("a file gives other outputs than its model")


class MallInfo(ctypes.Structure):
    """mallinfo2 of the C library: bytes of all arenas."""
    _fields_ = [(name, ctypes.c_size_t) for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")]


LIBC = ctypes.CDLL(None)
LIBC.mallinfo2.restype = MallInfo


def figures(began, rounds):
    gc.collect()
    sys._clear_type_cache()  # holds up to 4096 names
    with open("/proc/self/statm", encoding="ascii") as file:
        resident = int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") >> 10
    info = LIBC.mallinfo2()
    return (round(time.monotonic() - began, 1), rounds, resident, info.uordblks >> 10, info.fordblks >> 10, info.hblkhd >> 10,
            sys.getallocatedblocks(), len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd")))


def run(minutes, out):
    """Returns the first figures after warming up, the largest, and the last. It keeps no others, which would be memory too."""
    first = most = last = None
    began, rounds, warm_rounds, end = time.monotonic(), 0, 0, minutes * 60
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        rows = Rows(folder)
        while (now := time.monotonic() - began) < end or warm_rounds < LEAST_ROUNDS:
            keras.utils.set_random_seed(1)
            for work in WORK:
                with contextlib.redirect_stdout(io.StringIO()):
                    work(rows, folder)
            rounds += 1
            last = figures(began, rounds)
            print(",".join(map(str, last)), file=out, flush=True)
            if now >= end / 10 and rounds > 2:
                warm_rounds += 1
                first = first or last
                most = tuple(map(max, most or last, last))
    return [dict(zip(FIGURES, each)) for each in (first, most, last)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=120.0, help="how long it trains (default: 120)")
    parser.add_argument("--out", type=argparse.FileType("w", encoding="ascii"), default=os.devnull, help="a CSV file of the figures of every round")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    print(",".join(FIGURES), file=arguments.out)
    first, most, last = run(arguments.minutes, arguments.out)
    for name in FIGURES[2:]:
        print(f"{name:14} {first[name]:10} after warming up, {most[name]:10} at most, {last[name]:10} at the end")
    print(f"{last['rounds']} rounds in {last['seconds'] / 60:.1f} minutes")
    grown = most["resident_kib"] - first["resident_kib"]
    if grown > MOST_GROWTH or most["open_files"] > first["open_files"]:
        sys.exit(f"resident memory rose by {grown} KiB, open files by {most['open_files'] - first['open_files']}, expected at most {MOST_GROWTH} KiB and none")


if __name__ == "__main__":
    main()
