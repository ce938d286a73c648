# SPDX-License-Identifier: Apache-2.0
"""Every function that takes the name of a file takes it as a str, bytes or an os.PathLike, in any bytes, and refuses anything else by the
argument's name."""

import os
import pathlib

import numpy as np
import pytest

import millrace
from millrace import _core, keras
from millrace.sklearn import Classifier, MLPClassifier, to_onnx

X = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)
CSV = b"a,b\n1,2\n3,5\n4,4\n"


def network():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, name="a", activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    return model


def engine():
    model = millrace.Model([{"op": "dense", "units": 1, "activation": "sigmoid"}])
    model.build(3)
    model.compile("binary_crossentropy")
    return model


def fit_engine(path, **options):
    engine().fit(millrace.Dataset(X, Y), **options, **({"checkpoint": path} if not options else {}))


def logged(path):
    network().fit(X, Y, verbose=0, callbacks=[keras.callbacks.CSVLogger(path)])


def checkpointed(path):
    network().fit(X, Y, verbose=0, callbacks=[keras.callbacks.ModelCheckpoint(path)])


def watched(path):
    network().fit(X, Y, verbose=0, callbacks=[keras.callbacks.TensorBoard(path)])


CLASSIFIER = Classifier([2], epochs=1, validation=0).fit(X, Y)
MLP = MLPClassifier([2], max_iter=2)

# (ending of the name, argument, function that writes a file; function that reads it, or None)
PAIRS = {
    "weights": (".npz", "filepath", lambda path: network().save_weights(path), lambda path: network().load_weights(path)),
    "h5": (".weights.h5", "filepath", lambda path: network().save_weights(path), lambda path: network().load_weights(path)),
    "keras": (".keras", "filepath", lambda path: network().save(path), keras.models.load_model),
    "model": (".onnx", "filepath", lambda path: network().save(path), keras.models.load_model),
    "npz": (".npz", "path", lambda path: millrace.convert.save_npz(network(), path), lambda path: millrace.convert.load_npz(network(), path)),
    "safetensors": (".safetensors", "path", lambda path: millrace.convert.save_safetensors(network(), path),
                    lambda path: millrace.convert.load_safetensors(network(), path)),
    "engine": (".onnx", "path", lambda path: engine().export_onnx(path), millrace.Model.load_onnx),
    "checkpoint": (".safetensors", "checkpoint", fit_engine, None),
    "load": (".safetensors", "path", fit_engine, millrace.Model.load_checkpoint),
    "log of the engine": (".csv", "path", lambda path: fit_engine("", callbacks=[{"op": "csv_log", "path": path}]), None),
    "report": (".html", "path", lambda path: network().report(path, X, Y), None),
    "report of a classifier": (".html", "path", lambda path: CLASSIFIER.report(path, X, Y), None),
    "to_onnx": (".onnx", "path", lambda path: to_onnx(CLASSIFIER, path, X), None),
    "log": (".csv", "filename", logged, None),
    "models": (".onnx", "filepath", checkpointed, None),
    "events": ("", "log_dir", watched, None),
    "bytes": (".csv", "path", lambda path: _core.write_file(path, [CSV]), millrace.read_table),
    "csv": (".csv", "path", lambda path: _core.write_file(path, [CSV]), lambda path: millrace.read_csv(path, "b")),
    "core csv": (".csv", "path", lambda path: _core.write_file(path, [CSV]), lambda path: _core.read_csv(path, ["b"])),
    "tables": (".csv", "path", lambda path: _core.write_file(path, [CSV]), lambda path: millrace.read_table([path, path])),
}


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("kind", [os.fsdecode, os.fsencode, pathlib.Path], ids=["str", "bytes", "path"])
def test_a_name_may_be_a_text_bytes_or_a_path(name, kind, tmp_path):
    ending, _, write, read = PAIRS[name]
    path = tmp_path / f"file{ending}"
    write(kind(path))
    assert path.exists()
    if read:
        read(kind(path))


@pytest.mark.parametrize("name", PAIRS)
def test_a_name_need_not_be_utf_8(name, tmp_path):
    ending, _, write, read = PAIRS[name]
    path = os.fsencode(tmp_path) + b"/\xff\xe9" + ending.encode()
    write(path)
    assert os.path.exists(path)
    if read:
        read(path)
        read(os.fsdecode(path))


@pytest.mark.parametrize("name", [each for each in PAIRS if each != "log of the engine"])
@pytest.mark.parametrize("given, said", [(5, "of type int"), (None, "of type NoneType"), ("a\0b", r"'a\\x00b'"), (b"", "''")])
def test_a_refusal_names_the_argument(name, given, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, argument, write, read = PAIRS[name]
    for use in (write, read):
        if use and not (use is fit_engine and name == "load"):
            if use is fit_engine and given is None:
                use(given)  # writes no checkpoint
                continue
            with pytest.raises(millrace.UsageError, match=rf"\] {argument} is {said}, expected "):
                use(given)


def test_a_vocabulary_and_parquet_files_have_names_too(tmp_path):
    (tmp_path / "words").write_text("a\nb\n")
    for kind in (os.fsdecode, os.fsencode, pathlib.Path):
        assert keras.layers.StringLookup(vocabulary=kind(tmp_path / "words")).get_vocabulary() == ["[UNK]", "a", "b"]
    for given in (5, [5]):
        with pytest.raises(millrace.UsageError, match="path is of type int, expected the name of a file"):
            millrace.read_parquet(given)
    with pytest.raises(millrace.DataError, match="there is no no.parquet"):
        millrace.read_parquet(b"no.parquet")
    with pytest.raises(millrace.UsageError, match="path is an empty list, expected the names of Parquet files"):
        millrace.read_parquet([])
