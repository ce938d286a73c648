# SPDX-License-Identifier: Apache-2.0
"""A program may set a locale whose numbers have a comma: files and pages stay the same."""
import os
import subprocess
import sys

import pytest

PROGRAM = """
import locale
import sys

import numpy as np
from onnx import TensorProto, helper

locale.setlocale(locale.LC_ALL, sys.argv[1])
print(locale.format_string("%.1f", 0.5))
import millrace
from millrace import keras

keras.utils.set_random_seed(1)
x = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="sgd", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, x[:, 0] > 0, epochs=2, verbose=0)
model.report("page.html", x, x[:, 0] > 0)
print([line for line in open("page.html", encoding="utf-8") if "--w:" in line or "<path" in line])

arrays = {"scale": [1, 1.5, 0.5, 2], "shift": [0, 0.1, 0.2, 0.3]}
numbers = [helper.make_tensor(name, TensorProto.FLOAT, [4], values) for name, values in arrays.items()]
numbers.append(helper.make_tensor("kernel", TensorProto.FLOAT, [4, 1], [1, 2, 3, 4]))
nodes = [helper.make_node("LayerNormalization", ["x", "scale", "shift"], ["normal"], axis=-1, epsilon=1e-3),
         helper.make_node("MatMul", ["normal", "kernel"], ["y"])]
value = lambda name, width: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", width])
graph = helper.make_graph(nodes, "graph", [value("x", 4)], [value("y", 1)], numbers)
file = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
open("model.onnx", "wb").write(file.SerializeToString())
print(millrace._core.Model.load_onnx("model.onnx").summary())
"""


@pytest.fixture(scope="module")
def locales(tmp_path_factory):
    folder = tmp_path_factory.mktemp("locales")
    subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / "de_DE.UTF-8")], check=True)
    return folder


def test_numbers_in_files_have_a_point_in_every_locale(locales, tmp_path):
    def printed(name):
        environment = {**os.environ, "LOCPATH": str(locales)}
        done = subprocess.run([sys.executable, "-c", PROGRAM, name], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.split("\n", 1)

    plain, german = printed("C"), printed("de_DE.UTF-8")
    assert (plain[0], german[0]) == ("0.5", "0,5")
    assert german[1] == plain[1] and "--w:" in plain[1] and "<path" in plain[1]
