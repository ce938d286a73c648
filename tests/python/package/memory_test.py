# SPDX-License-Identifier: Apache-2.0
"""What is dropped is freed at once: models, their layers and optimizers form no reference cycles, which only Python's cycle collector
would free. And the memory of a process that builds and trains many models does not grow."""

import contextlib
import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

import millrace
from millrace import keras, sklearn

RNG = np.random.RandomState(5)
X = RNG.uniform(-1, 1, (64, 4)).astype(np.float32)
Y = (X.sum(1) > 0).astype(np.float32)


@pytest.fixture(autouse=True)
def no_cycle_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def compiled(model, loss="mse", optimizer=None):
    model.compile(optimizer or keras.optimizers.Adam(0.01), loss, metrics=["mae"])
    return model


def sequential(**options):
    return compiled(keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(1)]), **options)


def functional():
    inputs = keras.Input((4,), name="x")
    hidden = keras.layers.Dense(8, activation="tanh")(inputs)
    return keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Concatenate()([hidden, inputs])))


def fitted():
    model = sequential()
    model.fit(X, Y, epochs=2, verbose=0, validation_split=0.25)
    return model


def built_by_its_first_data():
    model = compiled(keras.Sequential([keras.layers.Dense(8), keras.layers.Dense(1)]))
    model.fit(X, Y, verbose=0)
    return model


def with_layers_added_and_removed():
    model = sequential()
    model.add(keras.layers.Dense(2))
    model.pop()
    model.fit(X, Y, verbose=0)
    return model


def of_several_outputs():
    inputs = keras.Input((4,))
    outputs = {"a": keras.layers.Dense(1, name="a")(inputs), "b": keras.layers.Dense(1, name="b")(inputs)}
    model = keras.Model(inputs, outputs)
    model.compile("sgd", {"a": "mse", "b": "mae"})
    model.fit(X, {"a": Y, "b": Y}, verbose=0)
    return model


def of_a_table():
    model = compiled(keras.Sequential([keras.layers.Dense(1)]))
    model.fit({"a": X[:, 0], "b": np.array(["u", "v"] * 32)}, Y, verbose=0)
    return model


def with_callbacks(tmp_path):
    model = sequential()
    callbacks = [keras.callbacks.EarlyStopping("loss", patience=1, restore_best_weights=True), keras.callbacks.ModelCheckpoint(str(tmp_path / "m.keras")),
                 keras.callbacks.ReduceLROnPlateau("loss"), keras.callbacks.CSVLogger(str(tmp_path / "log.csv"))]
    model.fit(X, Y, epochs=3, verbose=0, callbacks=callbacks)
    return model


def trained_by_batches():
    model = sequential()
    model.fit(((X[i:i + 16], Y[i:i + 16]) for i in range(0, 64, 16)), steps_per_epoch=4, verbose=0)
    model.train_on_batch(X, Y)
    return model


def that_diverged(how):
    model = sequential(optimizer=keras.optimizers.SGD(1e30))
    data = (X, Y) if how == "arrays" else (((X, Y) for _ in range(9)),)
    with pytest.raises(millrace.NonFiniteError):
        model.fit(*data, epochs=1 if how == "batches" else 9, verbose=0)
    return model


def stopped_by_a_callback():
    class Stops(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyboardInterrupt

    model = sequential()
    with contextlib.suppress(KeyboardInterrupt):
        model.fit(X, Y, epochs=2, verbose=0, callbacks=[Stops()])
    return model


def used():
    model = fitted()
    model.predict(X)
    model.evaluate(X, Y, verbose=0)
    model.summary(print_fn=str)
    model.get_layer(index=0).kernel.assign(np.zeros((4, 8)))
    model.optimizer.learning_rate = 0.5
    repr(model)
    return model


def saved(path):
    fitted().save(path)
    return keras.models.load_model(path)


KINDS = {
    "sequential": lambda _: sequential(), "functional": lambda _: functional(), "fitted": lambda _: fitted(),
    "built by its first data": lambda _: built_by_its_first_data(), "with layers added and removed": lambda _: with_layers_added_and_removed(),
    "of several outputs": lambda _: of_several_outputs(), "of a table": lambda _: of_a_table(), "with callbacks": with_callbacks,
    "trained by batches": lambda _: trained_by_batches(), "that diverged": lambda _: that_diverged("arrays"),
    "that diverged in a batch": lambda _: that_diverged("batches"), "stopped by a callback": lambda _: stopped_by_a_callback(), "used": lambda _: used(),
    "loaded from an ONNX file": lambda path: saved(path / "m.onnx"), "loaded from a file of Keras": lambda path: saved(path / "m.keras"),
    "copied": lambda _: copy.deepcopy(fitted()), "unpickled": lambda _: pickle.loads(pickle.dumps(fitted())),
    "cloned": lambda _: keras.models.clone_model(fitted()),
    "a classifier": lambda _: sklearn.MLPClassifier((4,), max_iter=2).fit(X, Y), "a regressor": lambda _: sklearn.Regressor([4], epochs=2).fit(X, Y),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore")
def test_a_dropped_model_is_freed_at_once(kind, tmp_path):
    model = KINDS[kind](tmp_path)
    parts = [model, *([*model.layers, model._engine] if isinstance(model, keras.Model) else [])]
    dead = [weakref.ref(each) for each in parts]
    del parts, model
    assert [each() for each in dead] == [None] * len(dead)


def test_a_layer_keeps_its_weights_when_the_model_is_dropped():
    model = fitted()
    layer, expected = model.layers[0], model.layers[0].get_weights()
    dead = weakref.ref(model)
    del model
    assert dead() is None
    assert (layer.kernel.numpy() == expected[0]).all()
    with pytest.raises(millrace.UnsupportedError, match="belongs to"):
        keras.Sequential([keras.Input((4,)), layer])


def test_a_layer_gives_one_tensor_as_long_as_it_is_held():
    inputs = keras.Input((4,))
    layer = keras.layers.Dense(2)
    tensor = layer(inputs)
    assert layer.output is tensor and layer.input_shape == (None, 4)
    del tensor
    assert layer.output.shape == (None, 2) and layer.output.inputs == (inputs,)


def test_an_optimizer_still_sets_the_rate_after_layers_were_added():
    model = sequential()
    model.add(keras.layers.Dense(1))
    model.optimizer.learning_rate = 0.0
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    assert all((a == b).all() for a, b in zip(before, model.get_weights()))


def test_a_history_holds_its_model_and_a_model_the_numbers_of_its_history():
    model = sequential()
    history = model.fit(X, Y, epochs=2, verbose=0)
    assert history.model is model and model.history is history
    values, steps = history.history, history.params["steps"]
    del history
    assert model.history.history is values and model.history.epoch == [0, 1] and model.history.params["steps"] == steps
    assert model.history.model is model
    assert pickle.loads(pickle.dumps(model)).history.history == values
    history, dead = model.history, weakref.ref(model)
    del model
    assert history.model.predict(X, verbose=0).shape == (64, 1)  # as with Keras
    del history
    assert dead() is None


def resident():
    """KiB of this process in memory."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4


def test_memory_stays_flat_over_many_models():
    def train():
        model = compiled(keras.Sequential([keras.Input((200,)), keras.layers.Dense(256, activation="relu"), keras.layers.Dense(1)]))
        return model.fit(np.zeros((32, 200), np.float32), np.zeros(32, np.float32), verbose=0).history

    histories = [train() for _ in range(20)]
    before = resident()
    histories += [train() for _ in range(200)]
    assert resident() - before < 2048  # one model has 205 KB of weights, and Adam twice as much
    assert len(histories) == 220
