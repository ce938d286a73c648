# SPDX-License-Identifier: Apache-2.0
"""fit(cluster=...) under mpirun: the bits of one process, one voice, files of one process, and errors that every process raises. Runs for each
MPI that the package was built with."""

import hashlib
import os
import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest

import millrace as tf
from millrace.sklearn import Classifier

PACKAGE = pathlib.Path(tf.__file__).parent
MPIS = [path.name.removeprefix("libmillrace-").removesuffix(".so") for path in PACKAGE.glob("libmillrace-*.so") if path.exists()]
PAGE = pathlib.Path(__file__).resolve().parents[3] / "docs/cluster.md"

HEAD = """
import hashlib
import numpy as np
from mpi4py import MPI
import millrace as tf

comm = MPI.COMM_WORLD
rank = comm.Get_rank()
draw = np.random.default_rng(0)
x = draw.normal(size=(400, 20)).astype("float32")
y = (x[:, 0] * x[:, 1] > 0).astype("float32")

def digest(weights):
    return hashlib.sha256(b"".join(np.ascontiguousarray(each).tobytes() for each in weights)).hexdigest()

def say(text):
    with open(f"said-{rank}", "w") as file:
        file.write(str(text))
"""
ENGINE = """
engine = tf.Model([{"op": "dense", "units": 16, "activation": "relu"}, {"op": "dropout", "rate": 0.2}, {"op": "dense", "units": 1, "activation": "sigmoid"}])
engine.build(20, 1)
engine.compile("binary_crossentropy")
history = engine.fit(tf.Dataset(x, y), epochs=3, batch_size=64, seed=2, slices=4, cluster=CLUSTER)
"""


def digest(weights):
    return hashlib.sha256(b"".join(np.ascontiguousarray(each).tobytes() for each in weights)).hexdigest()


def library_for_mpi4py(mpi, folder):
    """mpi4py's wheels know MPICH's library as libmpi.so.12; Debian calls it libmpich.so.12."""
    if mpi == "mpich":
        linked = subprocess.run(["ldd", PACKAGE / "libmillrace-mpich.so"], capture_output=True, text=True, check=True).stdout
        link = folder / "libmpi.so.12"
        if not link.exists():
            link.symlink_to(re.search(r"libmpich\.so\S* => (\S+)", linked)[1])
    return str(folder)


@pytest.fixture(params=MPIS)
def mpirun(request, tmp_path):
    """Runs a script in several processes; returns what it printed, and what each rank said."""

    def run(ranks, script, code=0):
        path = tmp_path / "script.py"
        path.write_text(script)
        words = [f"mpirun.{request.param}", "-n", str(ranks)]
        environment = os.environ | {"MPI4PY_MPIABI": request.param, "LD_LIBRARY_PATH": library_for_mpi4py(request.param, tmp_path)}
        if request.param == "openmpi":
            words += ["--oversubscribe", *(["--allow-run-as-root"] if os.geteuid() == 0 else [])]
        done = subprocess.run([*words, sys.executable, "-B", "-m", "mpi4py", path], capture_output=True, text=True, timeout=120, cwd=tmp_path, env=environment)
        assert (done.returncode == 0) == (code == 0), done.stdout + done.stderr
        return done.stdout, {int(each.name[5:]): each.read_text() for each in tmp_path.glob("said-*")}

    return run


def alone():
    names = {"CLUSTER": None, "tf": tf}
    draw = np.random.default_rng(0)
    names["x"] = draw.normal(size=(400, 20)).astype("float32")
    names["y"] = (names["x"][:, 0] * names["x"][:, 1] > 0).astype("float32")
    exec(ENGINE, names)
    return names


def test_there_is_an_mpi_to_test():
    assert MPIS, "the package was built without MPI, expected the modules that CMake found"


@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_the_engine_gives_the_bits_of_one_process(mpirun, ranks):
    engine = alone()["engine"]
    wanted = digest([engine.weights(name) for name, _, _ in engine.parameters()])
    _, said = mpirun(ranks, HEAD + ENGINE.replace("CLUSTER", "comm") + "say(digest([engine.weights(name) for name, _, _ in engine.parameters()]))")
    assert said == {rank: wanted for rank in range(ranks)}


def test_any_communicator_will_do_and_mpi_goes_on(mpirun):
    """Two halves train at once, each as one process does; then all train together, and MPI still works."""
    wanted = alone()["history"]["epochs"][-1]["loss"]
    halves = ENGINE.replace("CLUSTER", "half") + "first = history\n" + ENGINE.replace("CLUSTER", "comm")
    _, said = mpirun(4, HEAD + "half = comm.Split(rank % 2, -rank)\n" + halves + "say((first['epochs'][-1]['loss'], history['epochs'][-1]['loss'], comm.allreduce(1)))")
    assert said == {rank: str((wanted, wanted, 4)) for rank in range(4)}


KERAS = """
from millrace.keras.callbacks import CSVLogger, EarlyStopping, LambdaCallback, ModelCheckpoint
epochs = []
model = tf.keras.Sequential([tf.keras.layers.Dense(16, activation="relu"), tf.keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=4, batch_size=64, validation_split=0.2, cluster=comm, slices=4,
          callbacks=[CSVLogger("log.csv", append=True), ModelCheckpoint("best.onnx", save_best_only=True), EarlyStopping(patience=1, restore_best_weights=True, verbose=1),
                     LambdaCallback(on_epoch_end=lambda epoch, logs: print(f"seen {epochs.append(logs['val_loss'])}"))])
say((digest(model.get_weights()), epochs))
"""


def test_keras_has_one_voice_and_one_model(mpirun, tmp_path):
    """The initial weights are those of rank 0, though nobody has set a seed."""
    printed, said = mpirun(3, HEAD + KERAS)
    assert len(said) == 3 and len(set(said.values())) == 1, said
    epochs = re.findall(r"^Epoch (\d)/4$", printed, re.MULTILINE)
    assert epochs == sorted(set(epochs)) and epochs, printed
    assert printed.count("seen ") == len(epochs), printed
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 1 + len(epochs)
    assert tf.Model.load_onnx(str(tmp_path / "best.onnx")).output_width == 1


def test_an_estimator_gives_the_bits_of_one_process(mpirun):
    fit = """
from millrace.sklearn import Classifier
done = Classifier((8,), epochs=3, validation=0.2, random_state=3, verbose=1).fit(x, y, cluster=comm, slices=4)
say(digest([done._engine.weights(name) for name, _, _ in done._engine.parameters()]))
"""
    names = alone()
    one = Classifier((8,), epochs=3, validation=0.2, random_state=3).fit(names["x"], names["y"], slices=4)._engine
    printed, said = mpirun(2, HEAD + fit)
    wanted = digest([one.weights(name) for name, _, _ in one.parameters()])
    assert said == {0: wanted, 1: wanted}
    assert printed.count("loss") == 3 * 2, printed  # loss and val_loss of three epochs, once


def test_every_process_raises_the_error_of_one(mpirun):
    wrong = "if rank == 1: y[3] = np.nan\ntry:\n" + "".join(f"    {line}\n" for line in ENGINE.replace("CLUSTER", "comm").splitlines())
    _, said = mpirun(2, HEAD + wrong + "except tf.MillraceError as error:\n    say(type(error).__name__ + ' ' + str(error).splitlines()[0])\n")
    assert set(said) == {0, 1} and all(text.startswith("DataError ") for text in said.values()), said
    assert "[rank 1 on " in said[0], said


def test_the_page_shows_a_program_that_runs(mpirun, tmp_path):
    program, = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    mpirun(2, program)
    assert tf.Model.load_onnx(str(tmp_path / "cluster.onnx")).input_width == 40


def test_what_is_no_communicator_is_refused():
    names = alone()
    with pytest.raises(tf.UsageError, match="cluster is of type int, expected a communicator of mpi4py"):
        names["engine"].fit(tf.Dataset(names["x"], names["y"]), cluster=3)
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    model.compile(loss="mse")
    with pytest.raises(tf.UsageError, match="cluster is of type str"):
        model.fit(names["x"], names["y"], cluster="all")
    with pytest.raises(tf.UsageError, match="cluster is of type int"):
        Classifier((8,)).fit(names["x"], names["y"], cluster=1)
