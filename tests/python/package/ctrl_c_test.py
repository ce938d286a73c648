# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C ends what the engine computes, not only what Python does behind it."""

import os
import signal
import threading
import time

import numpy as np
import pytest

from millrace import keras

ROWS = 400_000
X = np.random.default_rng(0).normal(size=(ROWS, 20)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.float32)


def model():
    network = keras.Sequential([keras.Input((20,)), *(keras.layers.Dense(256, activation="relu") for _ in range(4)), keras.layers.Dense(1, activation="sigmoid")])
    network.compile("adam", "binary_crossentropy")
    return network


def spent(work):
    begin = time.process_time()
    work()
    return time.process_time() - begin


def pressed_in(work):
    """The share of the whole work's processor time after which Ctrl-C, pressed early, has ended it."""
    begin = time.monotonic()
    whole = spent(work)
    early = threading.Timer((time.monotonic() - begin) / 10, os.kill, (os.getpid(), signal.SIGINT))

    def interrupted():
        early.start()
        with pytest.raises(KeyboardInterrupt):
            work()

    return spent(interrupted) / whole


def test_ctrl_c_ends_a_prediction():
    network = model()
    assert pressed_in(lambda: network.predict(X, verbose=0)) < 0.6
    few = network.predict(X[:5], verbose=0)  # and nothing is left of the signal
    np.testing.assert_array_equal(few, network.predict(X[:5], verbose=0))


def test_ctrl_c_ends_an_evaluation():
    network = model()
    assert pressed_in(lambda: network.evaluate(X, Y, verbose=0)) < 0.6


def test_ctrl_c_ends_a_validation():
    network = model()
    assert pressed_in(lambda: network.fit(X[:64], Y[:64], epochs=1, validation_data=(X, Y), verbose=0)) < 0.6
    network.fit(X[:64], Y[:64], epochs=1, verbose=0)


def test_a_handler_of_the_user_runs_and_the_work_goes_on():
    heard = []
    before = signal.signal(signal.SIGINT, lambda *_: heard.append(1))
    try:
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
        history = model().fit(X[:20_000], Y[:20_000], epochs=3, validation_data=(X[:20_000], Y[:20_000]), verbose=0)
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(history.history["val_loss"]) == 3 and heard == [1]


def test_a_callback_may_predict_and_be_interrupted():
    network = model()

    class Predicts(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGINT)).start()
            for _ in range(1000):
                self.model.predict(X, verbose=0)

    with pytest.raises(KeyboardInterrupt):
        network.fit(X[:64], Y[:64], epochs=2, callbacks=[Predicts()], verbose=0)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt):  # Python's own handler is back
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)


def test_other_threads_compute_without_handlers():
    network, answers = model(), []
    thread = threading.Thread(target=lambda: answers.append(network.predict(X[:20_000], verbose=0)))
    thread.start()
    thread.join()
    np.testing.assert_array_equal(answers[0], network.predict(X[:20_000], verbose=0))
