# SPDX-License-Identifier: Apache-2.0
"""Trains with an installed wheel: the lesson of docs/python.md, the program, and OpenBLAS, which must be the wheel's own."""

import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import millrace as tf

package = pathlib.Path(tf.__file__).parent
begin = "import time; begin = time.process_time(); import millrace; print(time.process_time() - begin)"
seconds = float(subprocess.run([sys.executable, "-c", begin], check=True, capture_output=True, text=True).stdout)
assert seconds < 0.1, f"import millrace takes {seconds:.3f} s, expected less than 0.1"
x = np.random.default_rng(1).normal(size=(1000, 400)).astype("float32")
y = (x[:, :20].sum(axis=1) > 0).astype("float32")
model = tf.keras.Sequential([tf.keras.layers.Dense(25, activation="sigmoid"), tf.keras.layers.Dense(15, activation="sigmoid"),
                             tf.keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, epochs=20, verbose=0)
assert history.history["loss"][-1] < history.history["loss"][0], history.history

engine = tf.Model([{"op": "dense", "units": 300}, {"op": "dense", "units": 1}])
engine.build(400, 1)
engine.compile("mean_squared_error")
engine.fit(tf.Dataset(x, y), batch_size=256, gemm="openblas")
mapped = {line.split()[-1] for line in open("/proc/self/maps") if ".so" in line}
foreign = [each for each in mapped if any(word in each for word in ("dnnl", "libtbb", "openblas", "onnx", "protobuf", "gomp"))
           and str(package.parent) not in each]
assert not foreign, f"libraries of the system are in use: {foreign}"
assert any("libmillrace-openblas" in each for each in mapped), "the wheel's OpenBLAS is not in use"

with tempfile.TemporaryDirectory() as folder:
    model.save(f"{folder}/model.onnx")
    np.savetxt(f"{folder}/rows.csv", np.column_stack([x[:50, :3], y[:50]]), delimiter=",", header="a,b,c,y", comments="")
    for program in ([sys.executable, "-m", "millrace"], [str(pathlib.Path(sys.executable).parent / "millrace")]):
        subprocess.run([*program, "--version"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([*program, "inspect", f"{folder}/model.onnx"], check=True, stdout=subprocess.DEVNULL)
licences = next(package.parent.glob("millrace-*.dist-info")) / "licenses"
assert (licences / "LICENSE").exists() and (licences / "libopenblas0-openmp/copyright").exists()
print(f"millrace {tf.__version__} trains, and carries the licences of {', '.join(sorted(each.name for each in licences.iterdir()))}")
