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
        environment.pop("PYTHONUNBUFFERED", None)  # with it, lines of two processes are mixed
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


ESTIMATORS = """
from millrace.sklearn import Classifier, MLPClassifier, MLPRegressor, Regressor
mlp = {"hidden_layer_sizes": (8,), "max_iter": 3, "verbose": VERBOSE}
done = [Classifier((8,), epochs=3, class_weight="balanced", random_state=3).fit(x, y, np.linspace(1, 2, 400), SHARED),
        Regressor((8,), epochs=3, validation=0.3, patience=1, random_state=3).fit(x, x[:, 0], SHARED),
        MLPClassifier(random_state=3, early_stopping=True, **mlp).fit(x, y, SHARED),
        MLPRegressor(random_state=3, solver="lbfgs", **mlp).fit(x, x[:, :2], SHARED)]
found = [(digest([one._engine.weights(name) for name, _, _ in one._engine.parameters()]), one.n_iter_, one.score(x, given))
         for one, given in zip(done, (y, x[:, 0], y, x[:, :2]))]
unseeded = MLPClassifier(**mlp).fit(x, y, SHARED)
"""


@pytest.mark.filterwarnings("ignore:.*max_iter")
@pytest.mark.parametrize("wire", ["fp32", "bfloat16"])
def test_estimators_give_the_bits_of_one_process(mpirun, wire):
    names = {**alone(), "digest": digest, "np": np}
    exec(ESTIMATORS.replace("SHARED", f"slices=4, wire='{wire}'").replace("VERBOSE", "False"), names)
    printed, said = mpirun(2, HEAD + ESTIMATORS.replace("SHARED", f"slices=4, wire='{wire}', cluster=comm").replace("VERBOSE", "True")
                           + "say((found, digest(unseeded.coefs_)))")
    assert len(set(said.values())) == 1 and said[0].startswith(f"({names['found']}, "), (said, names["found"])
    assert printed.count("Iteration 1,") == 3, printed


def test_bfloat16_on_the_wire_has_other_bits_and_the_same_for_any_number(mpirun):
    fit = ENGINE.replace("slices=4", "slices=4, wire='bfloat16'") + "say(digest([engine.weights(name) for name, _, _ in engine.parameters()]))"
    keras = KERAS.replace("slices=4", "slices=4, wire='bfloat16'")
    names = {**alone(), "digest": digest, "say": lambda text: names.update(said=text)}
    plain = digest([names["engine"].weights(name) for name, _, _ in names["engine"].parameters()])
    exec(fit.replace("CLUSTER", "None"), names)
    _, said = mpirun(2, HEAD + fit.replace("CLUSTER", "comm"))
    assert said == {0: names["said"], 1: names["said"]} and names["said"] != plain
    _, said = mpirun(2, HEAD + keras)
    assert len(set(said.values())) == 1


SEARCH = """
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from millrace.sklearn import Classifier
search = GridSearchCV(Classifier(epochs=2, batch_size=200, random_state=1), {"layers": [(2,), (8,)]}, cv=2).fit(x, y, cluster=comm)
pipeline = make_pipeline(StandardScaler(), Classifier((8,), epochs=2, batch_size=200)).fit(x, y, classifier__cluster=comm, classifier__slices=4)
say((search.best_params_, search.cv_results_["mean_test_score"].tolist(), digest([search.predict_proba(x), pipeline.predict_proba(x)])))
"""


def test_searches_and_pipelines_train_in_a_cluster(mpirun):
    _, said = mpirun(2, HEAD + SEARCH)
    assert set(said) == {0, 1} and said[0] == said[1]


SHAPES = """
from millrace.keras.callbacks import Callback, LearningRateScheduler, ReduceLROnPlateau, TensorBoard
tf.keras.utils.set_random_seed(7 + SEED)
seen = []

class Watch(Callback):
    def on_train_batch_end(self, batch, logs=None):
        seen.append(round(logs["loss"], 12))
        self.model.stop_training = self.stops and batch == 2

    def on_test_end(self, logs=None):
        seen.append(sorted(logs))

class Writer(Callback):
    writes_files = True

    def on_train_batch_end(self, batch, logs=None):
        self.model.stop_training = batch == 2

class Halving(tf.keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.01 * 0.5 ** (step / 10)

def train(rate=0.01, stops=False, callbacks=(), **options):
    model = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="relu", kernel_constraint="non_neg" if stops else None),
                                 tf.keras.layers.Dense(1, activation="sigmoid")])
    model.compile(tf.keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy", "AUC"])
    watch = Watch()
    watch.stops = stops
    history = model.fit(x, y, epochs=3, batch_size=64, verbose=0, callbacks=callbacks or [watch], SHARED, **options)
    outputs = model.predict(x, verbose=0)
    return digest(model.get_weights()), history.history, digest([outputs]), model.evaluate(x, y, verbose=0), model.optimizer.iterations

weights = np.linspace(0, 2, 400).astype("float32")
found = [
    train(validation_data=(x, y, weights), validation_freq=2, sample_weight=weights),
    train(validation_split=0.25, callbacks=[LearningRateScheduler(lambda epoch, rate: rate / 2), ReduceLROnPlateau(patience=0)]),
    train(validation_data=(x, y), validation_steps=2, callbacks=[Writer()]),
    train(validation_split=0.25, validation_freq=[1, 3], validation_steps=1, class_weight={0: 1.0, 1: 3.0}),
    train(Halving(), stops=True, class_weight={0: 1.0, 1: 3.0}),
    train(validation_data=iter([(x, np.where(SEED, 1 - y, y))] * 3), validation_steps=1),  # rank 1 has other rows, which do not count
]
"""


def test_everything_of_fit_gives_the_results_of_one_process(mpirun, tmp_path):
    """Row weights, class weights, validation of each kind, callbacks that watch steps, stop or set rates, schedules and constraints in
    Python; and then predict() and evaluate() in each process."""
    names = {**alone(), "digest": digest, "np": np}
    exec(SHAPES.replace("SHARED", "slices=4").replace("SEED", "0"), names)
    # Rank 1 draws other initial weights and another order of rows, which those of rank 0 replace. Rank 0 alone watches steps for a file.
    script = SHAPES.replace("SHARED", "slices=4, cluster=comm").replace("SEED", "rank")
    script += f"train(callbacks=[TensorBoard({str(tmp_path / 'logs')!r}, update_freq='batch')])\n"
    _, said = mpirun(2, HEAD + script + "say((found, seen[:7]))")
    assert set(said) == {0, 1} and said[0] == said[1] == str((names["found"], names["seen"][:7]))
    assert (tmp_path / "logs/train").exists()


FAILURES = """
import os
from millrace.keras.callbacks import CSVLogger, LambdaCallback, ModelCheckpoint
from millrace.sklearn import Classifier, MLPRegressor, Regressor
from sklearn.exceptions import NotFittedError

def fail(kind):
    raise kind("no more")

def one_fails(at, kind):
    return lambda *_: fail(kind) if rank == at else None

model = tf.keras.Sequential([tf.keras.Input((20,)), tf.keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
fit = lambda *given, **options: model.fit(*(given or (x, y)), epochs=2, batch_size=64, verbose=0, cluster=comm, **options)
bad, worse = np.where(rank == 1, np.nan, x), np.where(rank == 0, np.nan, x)
calls = [
    lambda: fit(bad, y), lambda: fit(x, y[:400 - rank]), lambda: fit(x[:, :20 - rank], y), lambda: fit(x, y, batchsize=3),
    lambda: fit(x, y, validation_data=(x[:, :20 - rank], y)), lambda: fit(x, y, class_weight={0: 1, 1 + rank: 2}),
    lambda: fit(x, y, validation_split=0.2 + rank), lambda: fit(x, y, steps_per_epoch=2), lambda: fit([(x, y)] if rank == 2 else iter([(x, y)])),
    lambda: fit(validation_data=(x, y) if rank else None, validation_freq=2), lambda: fit(validation_data=(x, y), validation_freq=2 + rank),
    lambda: fit(sample_weight=np.ones(400) + rank), lambda: fit(validation_data=iter([(worse, y)] * 9)), lambda: fit(slices=1), lambda: fit(wire="fp16"),
    lambda: fit(callbacks=[CSVLogger("nowhere/log.csv")]), lambda: fit(callbacks=[ModelCheckpoint("/dev/null/model.onnx")]),
    lambda: fit(callbacks=[LambdaCallback(on_train_begin=one_fails(1, KeyError))]), lambda: fit(callbacks=[LambdaCallback(on_epoch_begin=one_fails(0, OSError))]),
    lambda: fit(callbacks=[LambdaCallback(on_epoch_end=one_fails(1, ZeroDivisionError))]), lambda: fit(callbacks=[LambdaCallback(on_train_end=one_fails(1, tf.DataError))]),
    lambda: fit(callbacks=[LambdaCallback(on_train_batch_end=one_fails(1, NotFittedError))]),
    lambda: Classifier((4,), epochs=1 - rank).fit(x, y, cluster=comm), lambda: Classifier((4,), epochs=1).fit(bad, y, cluster=comm),
    lambda: Regressor((4 + rank,), epochs=1).fit(x, y, cluster=comm), lambda: MLPRegressor(max_iter=1, alpha=-rank).fit(x, y, cluster=comm),
    lambda: MLPRegressor(max_iter=1 + rank).fit(x, y, cluster=comm),
    lambda: tf.Model([{"op": "dense", "units": 1}]).fit(tf.Dataset(x, y), cluster=comm),
    lambda: fit(x, y, validation_split=0.2 + 0.1 * rank, validation_freq=2),
]
said = []
for call in calls:
    try:
        said.append(f"no error: {call()}")
    except Exception as error:
        said.append(f"{type(error).__name__}: {error}".splitlines()[0])
said.append(len(fit().history["loss"]))  # and then all is well
say("\\n".join(map(str, said)))
"""


def test_an_error_of_one_is_raised_by_all_and_nobody_hangs(mpirun):
    _, said = mpirun(2, HEAD + FAILURES)
    first, second = (said[rank].splitlines() for rank in (0, 1))
    assert len(first) == len(second) == FAILURES.count("lambda: ") + 1 and first[-1] == second[-1] == "2"
    for a, b in zip(first[:-1], second[:-1], strict=True):
        assert not a.startswith("no error") and not b.startswith("no error"), (a, b)
        assert a == b or "[rank 1 on " in a or "[rank 0 on " in b, (a, b)
    kinds = [line.partition(":")[0] for line in first]
    assert kinds[0] == "DataError" and kinds[7] == "UnsupportedError" and kinds[15] == "ResourceError", first


def test_every_process_raises_the_error_of_one(mpirun):
    wrong = "if rank == 1: y[3] = np.nan\ntry:\n" + "".join(f"    {line}\n" for line in ENGINE.replace("CLUSTER", "comm").splitlines())
    _, said = mpirun(2, HEAD + wrong + "except tf.MillraceError as error:\n    say(type(error).__name__ + ' ' + str(error).splitlines()[0])\n")
    assert set(said) == {0, 1} and all(text.startswith("DataError ") for text in said.values()), said
    assert "[rank 1 on " in said[0], said


def test_the_page_shows_a_program_that_runs(mpirun, tmp_path):
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    printed, _ = mpirun(2, "\n".join(blocks))
    losses = re.findall(r"^[01] (0\.\d+)$", printed, re.MULTILINE)
    assert len(losses) == 2 and losses[0] == losses[1], printed
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
