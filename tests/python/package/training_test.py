# SPDX-License-Identifier: Apache-2.0
"""Threads, Ctrl-C, callbacks and errors while a model trains or predicts."""

import os
import signal
import textwrap
import threading
import time

import numpy as np
import pytest
from running import printed

import millrace
from millrace import Dataset, keras

RNG = np.random.RandomState(1)
X = RNG.uniform(-1, 1, (512, 16)).astype(np.float32)
Y = (X.sum(1) > 0).astype(np.float32)


def small(**options):
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((16,)), keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(options.pop("optimizer", "adam"), "binary_crossentropy", **options)
    return model


def test_the_same_seed_gives_the_same_bits():
    results = [small().fit(X, Y, epochs=3, verbose=0).history["loss"] for _ in range(2)]
    assert results[0] == results[1]


def test_without_a_seed_two_models_begin_with_other_weights():
    a, b = (keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]) for _ in range(2))
    assert (a.get_weights()[0] != b.get_weights()[0]).any()


def test_two_fits_in_two_threads_give_the_bits_of_a_lone_one():
    models, results = [small(), small()], [None, None]

    def train(i):
        results[i] = models[i].fit(X, Y, epochs=5, verbose=0).history["loss"]

    models[1]._seed = models[0]._run_seed()
    lone = small()
    lone._seed = models[0]._run_seed()
    alone = lone.fit(X, Y, epochs=5, verbose=0).history["loss"]
    threads = [threading.Thread(target=train, args=(i,)) for i in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert results == [alone, alone]


def test_python_runs_while_the_engine_trains():
    model, counted, done = small(), [0], threading.Event()
    worker = threading.Thread(target=lambda: (model.fit(X, Y, epochs=3000, verbose=0), done.set()))
    worker.start()
    while not done.is_set():
        counted[0] += 1
        time.sleep(0.001)
    worker.join()
    assert counted[0] > 5


def test_a_model_that_trains_refuses_other_threads():
    model, errors = small(), []

    class Ask(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            def ask():
                try:
                    self.model.predict(X, verbose=0)
                except millrace.UsageError as error:
                    errors.append(str(error))

            thread = threading.Thread(target=ask)
            thread.start()
            thread.join()

    model.fit(X, Y, epochs=1, verbose=0, callbacks=[Ask()])
    assert len(errors) == 1 and "predict" in errors[0]


def test_many_threads_predict_the_bits_of_one():
    model = small()
    expected, wrong = model.predict(X, verbose=0), []

    def ask(first):
        for row in range(first, 512, 8):
            if (model.predict(X[row:row + 1], verbose=0) != expected[row]).any():
                wrong.append(row)

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert wrong == []


def test_ctrl_c_ends_the_run_within_a_step_and_keeps_the_model():
    program = textwrap.dedent("""
        import os, signal, sys, threading, time
        import numpy as np
        from millrace import keras
        x = np.random.RandomState(1).uniform(-1, 1, (4096, 64)).astype("f4")
        model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(64), keras.layers.Dense(1)])
        model.compile("adam", "mse")
        before = model.get_weights()[0]
        pressed = []
        def press():
            time.sleep(0.5)
            pressed.append(time.perf_counter())
            os.kill(os.getpid(), signal.SIGINT)
        threading.Thread(target=press).start()
        try:
            model.fit(x, x[:, 0], epochs=10**9, verbose=0)
        except KeyboardInterrupt:
            print("interrupted", time.perf_counter() - pressed[0])
        assert (model.get_weights()[0] != before).any() and np.isfinite(model.predict(x[:3], verbose=0)).all()
        model.fit(x, x[:, 0], epochs=1, verbose=0)
        print("goes on")
    """)
    words = printed(program).split()
    assert words[0] == "interrupted" and words[-2:] == ["goes", "on"], words
    assert float(words[1]) < 1.0  # 0.02 s on a quiet machine


@pytest.mark.parametrize("work", [
    "while True: model.fit(x, x[:, 0], epochs=100, verbose=0)",
    "while True: model.predict(x, verbose=0)",
    "while True: model.fit(x, x[:, 0], epochs=3, verbose=0, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: None)])",
])
def test_a_program_ends_while_a_daemon_thread_computes(work):
    program = textwrap.dedent(f"""
        import threading, time
        import numpy as np
        from millrace import keras
        x = np.ones((1000, 16), "f4")
        model = keras.Sequential([keras.Input((16,)), keras.layers.Dense(64), keras.layers.Dense(1)])
        model.compile("adam", "mse")
        def work():
            {work}
        threading.Thread(target=work, daemon=True).start()
        time.sleep(0.3)
        print("the end")
    """)
    assert printed(program).split() == ["the", "end"]


def test_an_error_of_a_callback_ends_the_run_and_keeps_the_model():
    class Fails(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise LookupError("mine")

    model = small()
    before = model.get_weights()[0]
    with pytest.raises(LookupError, match="mine"):
        model.fit(X, Y, epochs=5, verbose=0, callbacks=[Fails()])
    assert (model.get_weights()[0] != before).any()
    assert len(model.fit(X, Y, epochs=2, verbose=0).history["loss"]) == 2


def test_a_callback_stops_within_an_epoch():
    class Stops(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 4

    model = small()
    history = model.fit(X, Y, epochs=5, verbose=0, callbacks=[Stops()])
    assert history.epoch == [0] and model.optimizer.iterations == 5


def test_a_callback_changes_weights_and_the_learning_rate():
    class Resets(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.set_weights([np.zeros_like(each) for each in self.model.get_weights()])
            self.model.optimizer.learning_rate = 0.0

    model = small()
    history = model.fit(X, Y, epochs=2, verbose=0, callbacks=[Resets()])
    assert abs(history.history["loss"][1] - np.log(2)) < 1e-6


def test_every_moment_has_its_method():
    calls = []
    names = ["on_train_begin", "on_epoch_begin", "on_train_batch_begin", "on_train_batch_end", "on_epoch_end", "on_train_end"]
    watch = keras.callbacks.LambdaCallback(**{name: lambda *_, name=name, **__: calls.append(name) for name in names})
    small().fit(X, Y, epochs=1, batch_size=512, verbose=0, callbacks=[watch])
    assert calls == names


def test_terminate_on_nan_ends_the_run_without_an_error(capsys):
    model, y = keras.Sequential([keras.Input((16,)), keras.layers.Dense(1)]), Y * 1e4
    model.compile(keras.optimizers.SGD(1e30), "mse")
    with pytest.raises(millrace.NonFiniteError) as raised:
        model.fit(X, y, epochs=3, verbose=0)
    assert isinstance(raised.value, ArithmeticError)
    model.fit(X, y, epochs=3, verbose=0, callbacks=[keras.callbacks.TerminateOnNaN()])
    assert "TerminateOnNaN" in capsys.readouterr().out and np.isfinite(model.get_weights()[0]).all()


def test_a_second_signal_handler_of_the_user_is_called():
    got = []
    before = signal.signal(signal.SIGUSR1, lambda *_: got.append(1))
    try:
        os.kill(os.getpid(), signal.SIGUSR1)
        small().fit(X, Y, epochs=2, verbose=0)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert got == [1]


def test_the_engine_reports_steps_and_epochs():
    model = millrace.Model([{"op": "dense", "units": 1}])
    model.build(16, 1)
    model.compile({"op": "huber", "delta": 2}, {"op": "sgd", "learning_rate": 0.1}, ["mean_absolute_error"],
                  {"op": "step_decay", "step_size": 2}, {"clipnorm": 1.0}, {"by_epoch": True})
    steps, epochs = [], []
    history = model.fit(Dataset(X, Y), epochs=2, batch_size=128, validation_split=0.25, on_step=steps.append, on_epoch=epochs.append)
    assert [each["step"] for each in steps] == [1, 2, 3, 1, 2, 3] and epochs == history["epochs"]
    assert {"loss", "mean_absolute_error", "val_loss", "learning_rate"} <= set(epochs[0])
    assert history["steps"] == 6 and history["stopped"] == ""
    stopped = model.fit(Dataset(X, Y), epochs=9, on_epoch=lambda values: values["epoch"] < 3)
    assert len(stopped["epochs"]) == 3 and "on_epoch" in stopped["stopped"]


@pytest.mark.parametrize("semantics", ["keras", "sklearn"])
@pytest.mark.parametrize("given, meant", [(" sigmoid", "sigmoid"), ("sigmoid\n", "sigmoid"), ("swish", "silu")])
def test_texts_that_mean_the_same_activation_train_the_same_bits(given, meant, semantics):
    def losses(text):
        last = text if "sigmoid" in text else "sigmoid"
        layers = [{"op": "dense", "units": 4, "activation": text}, {"op": "dense", "units": 1, "activation": last}]
        model = millrace.Model(layers, semantics=semantics)
        model.compile(loss="binary_crossentropy")
        model.build(16, seed=1)
        # With weights this large, a sigmoid that the loss does not compute itself would be clipped.
        model.set_weights("dense_2/kernel", model.weights("dense_2/kernel") * 300)
        found = [epoch["loss"] for epoch in model.fit(Dataset(X, Y), epochs=3)["epochs"]]
        return found, model.weights("dense_1/kernel").tolist(), [layer["activation"] for layer in model.layers()]

    assert losses(given) == losses(meant)
