# SPDX-License-Identifier: Apache-2.0
"""BackupAndRestore: a fit() that was interrupted, and is typed again in another process, ends as one that was not."""

import json
import os
import pathlib
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import millrace
from millrace import keras

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(200, 5)).astype(np.float32)
Y = (X.sum(axis=1) > 0).astype(np.float32)
EPOCHS = 8


def network(optimizer="adam"):
    model = keras.Sequential([keras.Input((5,), name="in"), keras.layers.Dense(4, "tanh", name="a"), keras.layers.Dense(1, "sigmoid", name="b")])
    model.compile(optimizer, "binary_crossentropy")
    return model


class Falling(keras.optimizers.schedules.LearningRateSchedule):
    """Which Python computes for each step."""

    def __call__(self, step):
        return 0.05 / (1 + step / 10)


class Interrupt(keras.callbacks.Callback):
    """Raises KeyboardInterrupt at the end of an epoch."""

    def __init__(self, epoch, step=None):
        super().__init__()
        self.interrupt, self.step = epoch, step

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch

    def on_epoch_end(self, epoch, logs=None):
        if self.step is None and epoch == self.interrupt:
            raise KeyboardInterrupt


class InterruptStep(Interrupt):
    """The same at the end of a step."""

    def on_train_batch_end(self, batch, logs=None):
        if self.now == self.interrupt and batch == self.step:
            raise KeyboardInterrupt


def fit(folder, interrupt=None, optimizer=lambda: "adam", callbacks=lambda: [], epochs=EPOCHS, x=X, **options):
    """A program that is started once. Returns the model, or None if it was interrupted, and the History."""
    keras.utils.set_random_seed(7 if folder is None or not (folder / "backup.safetensors").exists() else 8)  # the seed of the beginning counts
    model = network(optimizer())
    backup = [] if folder is None else [keras.callbacks.BackupAndRestore(folder, **options)]
    try:
        history = model.fit(x, Y, epochs=epochs, batch_size=16, verbose=0, callbacks=[*callbacks(), *backup, *([] if interrupt is None else [interrupt])])
    except KeyboardInterrupt:
        return None, None
    return model, history


def assert_same(model, whole):
    for mine, theirs in zip(model.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("optimizer", [
    lambda: "adam", lambda: keras.optimizers.SGD(0.1, momentum=0.9), lambda: keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.01, 20, 0.9)),
    lambda: keras.optimizers.Adam(Falling())], ids=["adam", "momentum", "schedule", "own schedule"])
@pytest.mark.parametrize("interrupt", [Interrupt(0), Interrupt(4), InterruptStep(3, 5)], ids=["first", "epoch", "step"])
def test_a_run_goes_on_with_the_same_bits(tmp_path, optimizer, interrupt):
    whole, _ = fit(None, optimizer=optimizer)
    folder = tmp_path / "backup"
    model, _ = fit(folder, interrupt, optimizer)
    assert model is None and (folder / "backup.safetensors").exists()
    model, history = fit(folder, optimizer=optimizer)
    assert_same(model, whole)
    assert history.epoch == list(range(interrupt.interrupt + (interrupt.step is None), EPOCHS))
    assert int(model.optimizer.iterations) == EPOCHS * 13
    assert not folder.exists()


def test_a_rate_that_a_callback_has_set_stays(tmp_path):
    def falls():
        return [keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate if epoch % 3 else rate / 2)]

    whole, _ = fit(None, callbacks=falls)
    fit(tmp_path / "backup", Interrupt(4), callbacks=falls)
    model, _ = fit(tmp_path / "backup", callbacks=falls)
    assert_same(model, whole)
    assert float(model.optimizer.learning_rate) == float(whole.optimizer.learning_rate)


def test_a_process_that_is_killed(tmp_path):
    program = textwrap.dedent("""
        import os, sys
        import numpy as np
        from millrace import keras
        folder, kill = sys.argv[1], int(sys.argv[2])
        x = np.random.default_rng(3).normal(size=(200, 5)).astype("float32")
        keras.utils.set_random_seed(7)
        model = keras.Sequential([keras.layers.Dense(4, "tanh"), keras.layers.Dense(1, "sigmoid")])
        model.compile("adam", "binary_crossentropy")
        class Kill(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                if epoch == kill:
                    os._exit(9)
        model.fit(x, x.sum(axis=1) > 0, epochs=60, verbose=0, callbacks=[keras.callbacks.BackupAndRestore(folder), Kill()])
        np.save(sys.argv[3], np.concatenate([each.ravel() for each in model.get_weights()]))
        """)
    (tmp_path / "program.py").write_text(program)

    def start(folder, kill, out):
        return subprocess.run([sys.executable, tmp_path / "program.py", tmp_path / folder, str(kill), tmp_path / out]).returncode

    assert start("whole", -1, "whole.npy") == 0
    assert start("backup", 20, "none.npy") == 9 and start("backup", 45, "none.npy") == 9
    assert start("backup", -1, "again.npy") == 0
    np.testing.assert_array_equal(np.load(tmp_path / "again.npy"), np.load(tmp_path / "whole.npy"))


def test_a_backup_that_stays_takes_more_epochs(tmp_path):
    whole, _ = fit(None)
    fit(tmp_path / "backup", epochs=5, delete_checkpoint=False)
    assert (tmp_path / "backup" / "backup.safetensors").exists()
    done, history = fit(tmp_path / "backup", epochs=5, delete_checkpoint=False)
    assert history.epoch == [] and int(done.optimizer.iterations) == 5 * 13
    model, _ = fit(tmp_path / "backup", delete_checkpoint=False)
    assert_same(model, whole)


def test_the_folder_stays_the_same_if_the_program_changes_to_another(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    leave = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: os.chdir(tmp_path / "elsewhere"))
    fit(pathlib.Path("backup"), callbacks=lambda: [leave])
    assert os.listdir(tmp_path) == ["elsewhere"] and os.listdir(tmp_path / "elsewhere") == []


def test_files_of_others_stay(tmp_path):
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "notes.txt").write_text("mine")
    fit(tmp_path / "backup")
    assert os.listdir(tmp_path / "backup") == ["notes.txt"]


def test_a_backup_of_another_run_is_refused(tmp_path):
    folder = tmp_path / "backup"
    fit(folder, Interrupt(2))
    with pytest.raises(millrace.UsageError, match="belongs to another run"):
        fit(folder, x=X + 1)
    model = network()
    with pytest.raises(millrace.UsageError, match="has a run with initial_epoch=0, expected it again, not 1: remove the folder"):
        model.fit(X, Y, epochs=4, initial_epoch=1, verbose=0, callbacks=keras.callbacks.BackupAndRestore(folder))
    for text in ("", "[]", json.dumps({"seed": 1})):
        (folder / "backup.json").write_text(text)
        with pytest.raises(millrace.DataError, match="backup.json' cannot be read .*remove the folder"):
            fit(folder)


def test_what_it_cannot_do_is_refused(tmp_path):
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    batches = iter([(X[:20], Y[:20])] * 3)
    with pytest.raises(millrace.UnsupportedError, match=r"\[BackupAndRestore\] a fit\(\) with batches of an iterable"):
        network().fit(batches, epochs=2, verbose=0, callbacks=[backup])
    with pytest.raises(millrace.UsageError, match="callbacks has 2 of BackupAndRestore, expected one"):
        network().fit(X, Y, verbose=0, callbacks=[backup, backup])
    with pytest.raises(millrace.UsageError, match=r"backup_dir is of type int, expected the name of a folder"):
        keras.callbacks.BackupAndRestore(3)
    assert not (tmp_path / "backup").exists()
