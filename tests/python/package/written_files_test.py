# SPDX-License-Identifier: Apache-2.0
"""Files that the package writes: complete or not there, with the mode and behind the link of those they replace."""

import os
import subprocess
import sys

import numpy as np
import onnx
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import millrace
from millrace import _core, keras
from millrace.convert._safetensors import read_tensors
from millrace.sklearn import Regressor, to_onnx

X = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)


def network():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="a"), keras.layers.Dense(1, name="b")])
    model.compile("sgd", "mse")
    return model


def pipeline_to_onnx(path):
    estimator = make_pipeline(StandardScaler(), Regressor(layers=[2], epochs=1, validation=0))
    to_onnx(estimator.fit(X, X[:, 0]), path, X)


def logged(path):
    network().fit(X, X[:, 0], verbose=0, callbacks=[keras.callbacks.CSVLogger(path)])


# {name: (what writes it, what reads it)}
FILES = {
    "w.npz": (lambda path: network().save_weights(path), lambda path: network().load_weights(path)),
    "w.weights.h5": (lambda path: network().save_weights(path), lambda path: network().load_weights(path)),
    "m.keras": (lambda path: network().save(path), keras.models.load_model),
    "m.onnx": (lambda path: network().save(path), keras.models.load_model),
    "p.onnx": (pipeline_to_onnx, onnx.load),
    "w.safetensors": (lambda path: millrace.convert.save_safetensors(network(), path), read_tensors),
    "log.csv": (logged, lambda path: path.read_text().index("epoch,loss\n0,")),
}


@pytest.mark.parametrize("name", FILES)
def test_a_replaced_file_keeps_its_mode_and_its_link(name, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / name).write_text("old")
    os.chmod(tmp_path / "there" / name, 0o604)
    os.symlink(os.path.join("there", name), tmp_path / name)
    write, read = FILES[name]
    write(tmp_path / name)
    read(tmp_path / name)
    assert (tmp_path / name).is_symlink()
    assert os.stat(tmp_path / "there" / name).st_mode & 0o777 == 0o604
    assert os.listdir(tmp_path / "there") == [name] and sorted(os.listdir(tmp_path)) == sorted([name, "there"])


@pytest.mark.parametrize("name", [each for each in FILES if each != "log.csv"])
def test_a_folder_that_is_missing_is_named(name, tmp_path):
    with pytest.raises(millrace.UsageError, match="cannot write '.*no folder.*create it first"):
        FILES[name][0](tmp_path / "no folder" / name)


def test_two_processes_do_not_mix_a_file(tmp_path):
    path = tmp_path / "x.npz"
    code = ("import sys; from millrace import _core; letter = sys.argv[2].encode()\n"
            "for _ in range(30): _core.write_file(sys.argv[1], [letter * 100_000, memoryview(letter), bytearray(5)])")
    both = [subprocess.Popen([sys.executable, "-c", code, str(path), letter]) for letter in "ab"]
    assert [each.wait(120) for each in both] == [0, 0]
    assert path.read_bytes() in (b"a" * 100_001 + bytes(5), b"b" * 100_001 + bytes(5))
    assert os.listdir(tmp_path) == ["x.npz"]


def test_a_log_that_begins_anew_leaves_that_of_another_run_alone(tmp_path):
    first, second = (keras.callbacks.CSVLogger(tmp_path / "log.csv") for _ in range(2))

    class StartsAnother(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 0:
                network().fit(X, X[:, 0], epochs=3, verbose=0, callbacks=[second])

    network().fit(X, X[:, 0], epochs=2, verbose=0, callbacks=[first, StartsAnother()])
    rows = (tmp_path / "log.csv").read_text().splitlines()
    assert [each.partition(",")[0] for each in rows] == ["epoch", "0", "1", "2"]


def test_what_is_no_bytes_is_refused_and_the_old_file_stays(tmp_path):
    path = tmp_path / "x"
    path.write_text("old")
    with pytest.raises(TypeError):
        _core.write_file(str(path), [b"new", "text"])
    with pytest.raises(millrace.UsageError, match="cannot write '.*expected the name of a file"):
        _core.write_file(str(tmp_path), [b"new"])
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["x"]
