# SPDX-License-Identifier: Apache-2.0
"""What users of Keras expect around fit(): which rows validate, what callbacks are given, what a stop within an epoch keeps, what a second
compile() begins, and names of layers, variables, optimizers and callbacks that their code reads."""

import copy

import numpy as np
import pytest

from millrace import keras
from millrace.errors import UnsupportedError, UsageError

layers, callbacks = keras.layers, keras.callbacks
X = np.random.default_rng(0).normal(size=(100, 4)).astype("float32")
Y = (X[:, 0] > 0).astype("float32")


def network(*inner, **options):
    model = keras.Sequential([keras.Input((4,)), *inner, layers.Dense(1, activation="sigmoid")])
    model.compile(**{"optimizer": "adam", "loss": "binary_crossentropy", "metrics": ["accuracy"], **options})
    return model


# --- validation
@pytest.mark.parametrize("options, rows", [({"validation_batch_size": 7}, 14), ({"batch_size": 5}, 10), ({"batch_size": 5, "validation_batch_size": 7}, 14), ({}, 64)])
def test_validation_steps_of_arrays_are_batches(options, rows):
    model = network()
    seen = model.fit(X, Y, epochs=1, verbose=0, validation_data=(X, Y), validation_steps=2, **options).history
    assert [seen["val_loss"][0], seen["val_accuracy"][0]] == pytest.approx(model.evaluate(X[:rows], Y[:rows], verbose=0))


@pytest.mark.parametrize("options, epochs, rows", [({"validation_freq": 2}, [2, 4], 20), ({"validation_freq": [1, 4]}, [1, 4], 20),
                                                   ({"validation_steps": 2, "validation_batch_size": 7}, [1, 2, 3, 4, 5], 14),
                                                   ({"validation_freq": 5, "validation_steps": 1, "batch_size": 5}, [5], 5)])
@pytest.mark.parametrize("weights", [{}, {"class_weight": {0: 1.0, 1: 3.0}}, {"class_weight": {0: 1.0, 1: 3.0}, "sample_weight": np.linspace(0.5, 2, 100)}])
def test_validation_split_validates_when_and_on_what_was_asked(options, epochs, rows, weights):
    """The rows that are cut off are measured as validation_data are, and those that train are the same in either case."""
    def ran(x, y, **more):
        keras.utils.set_random_seed(3)
        model = network(weighted_metrics=["accuracy"], metrics=None)
        return model.fit(x, y, epochs=5, verbose=0, **{"batch_size": 10, **options, **weights, **more}).history

    cut, each = ran(X, Y, validation_split=0.2), ran(X, Y, validation_split=0.2, validation_freq=1, validation_steps=None)
    assert cut["loss"] == each["loss"] and cut["accuracy"] == each["accuracy"] and len(cut["loss"]) == 5
    held = (X[80:], Y[80:], weights["sample_weight"][80:]) if "sample_weight" in weights else (X[80:], Y[80:])
    given = ran(X[:80], Y[:80], validation_data=held, **({"sample_weight": weights["sample_weight"][:80]} if "sample_weight" in weights else {}))
    assert cut == given and len(cut["val_loss"]) == len(epochs)
    if rows == 20:
        assert cut["val_loss"] == pytest.approx([each["val_loss"][epoch - 1] for epoch in epochs])
    else:
        assert len({*cut["val_loss"]} & {*each["val_loss"]}) == 0


@pytest.mark.parametrize("given, message", [({"validation_freq": [0, 2]}, "validation_freq is \\[0, 2\\], .* counted from 1"), ({"validation_freq": [2.5]}, "whole number"),
                                            ({"validation_freq": 0}, "validation_freq is 0"), ({"validation_batch_size": 0}, "validation_batch_size is 0")])
def test_epochs_and_batches_that_cannot_exist_are_refused(given, message):
    with pytest.raises(UsageError, match=message):
        network().fit(X, Y, validation_split=0.2, verbose=0, **given)


def test_numbers_of_numpy_and_ranges_say_when_to_validate():
    for given in (np.int64(2), range(2, 5, 2)):
        assert len(network().fit(X, Y, epochs=4, validation_split=0.2, validation_freq=given, verbose=0).history["val_loss"]) == 2


class Asked(keras.utils.PyDataset):
    def __init__(self):
        super().__init__()
        self.batches = []

    def __len__(self):
        return 5

    def __getitem__(self, i):
        self.batches.append(i)
        return X[i * 10:i * 10 + 10], Y[i * 10:i * 10 + 10]


def test_validation_of_a_sequence_begins_anew():
    batches = Asked()
    network().fit(X, Y, epochs=3, verbose=0, validation_data=batches, validation_steps=2)
    assert batches.batches == [0, 1] * 3


def test_training_on_a_sequence_goes_on():
    batches = Asked()
    network().fit(batches, epochs=3, verbose=0, steps_per_epoch=2)
    assert batches.batches[:5] == [0, 1, 2, 3, 4]


# --- callbacks
def test_hooks_are_given_logs():
    class Watches(callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.seen = {}

    def hook(name):
        return lambda self, *given: self.seen.setdefault(name, given[-1])

    names = ["on_train_begin", "on_epoch_begin", "on_train_batch_begin", "on_test_begin", "on_predict_begin", "on_predict_end"]
    for name in names:
        setattr(Watches, name, hook(name))
    watches, model = Watches(), network()
    model.fit(X, Y, verbose=0, validation_split=0.2, callbacks=[watches])
    model.predict(X, verbose=0, callbacks=[watches])
    assert watches.seen == {name: {} for name in names}


class StopsAfter(callbacks.Callback):
    def __init__(self, batch):
        super().__init__()
        self.batch = batch

    def on_train_batch_end(self, batch, logs=None):
        if batch == self.batch:
            self.model.stop_training = True


@pytest.mark.parametrize("options", [{"validation_split": 0.2}, {"validation_data": (X[80:], Y[80:])}, {}])
def test_a_stop_within_an_epoch_keeps_its_metrics_and_validation(options):
    model = network()
    seen = model.fit(X[:80] if "validation_data" in options else X, Y[:80] if "validation_data" in options else Y, batch_size=10, epochs=5, verbose=0,
                     callbacks=[StopsAfter(2)], **options).history
    assert {name: len(values) for name, values in seen.items()} == dict.fromkeys(["accuracy", "loss"] + ["val_accuracy", "val_loss"] * bool(options), 1)
    trained = 80 if options else 100
    assert seen["accuracy"][0] == pytest.approx(model.evaluate(X[:trained], Y[:trained], verbose=0)[1])
    if options:
        assert [seen["val_loss"][0], seen["val_accuracy"][0]] == pytest.approx(model.evaluate(X[80:], Y[80:], verbose=0))


def test_monitors_say_what_they_watch():
    stopping, reducing = callbacks.EarlyStopping("val_accuracy", min_delta=0.5, mode="max"), callbacks.ReduceLROnPlateau("loss", mode="min")
    assert (stopping.monitor, stopping.mode, stopping.min_delta, stopping.monitor_op) == ("val_accuracy", "max", 0.5, np.greater)
    assert (reducing.monitor, reducing.best, reducing.monitor_op) == ("loss", None, np.less)
    assert stopping.wait == stopping.stopped_epoch == reducing.wait == reducing.cooldown_counter == 0
    assert stopping.get_monitor_value({"val_accuracy": 3}) == 3 and stopping.get_monitor_value({"loss": 3}) is None
    auto = callbacks.EarlyStopping("val_accuracy")
    assert auto.monitor_op is None
    seen = network().fit(X, Y, verbose=0, epochs=2, validation_split=0.2, callbacks=[stopping, reducing, auto]).history
    assert auto.monitor_op is np.greater and auto.best == max(seen["val_accuracy"]) and reducing.best == pytest.approx(min(seen["loss"]), abs=1e-3)


# --- the optimizer
def test_a_second_compile_begins_anew():
    optimizer = keras.optimizers.Adam(0.1)
    model, other = network(optimizer=optimizer), network()
    model.fit(X, Y, epochs=2, verbose=0)
    optimizer.learning_rate = 0.05
    assert optimizer.iterations == 8
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"])
    assert optimizer.iterations == 0 and float(optimizer.learning_rate) == 0.05
    other.compile(keras.optimizers.Adam(0.05), "binary_crossentropy")
    other.set_weights(model.get_weights())
    for each in (model, other):
        each.fit(X, Y, verbose=0, shuffle=False)
    assert all(map(np.array_equal, model.get_weights(), other.get_weights()))


def test_a_schedule_and_a_copy_begin_anew():
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)
    model = network(optimizer=keras.optimizers.SGD(rate))
    model.fit(X, Y, verbose=0)
    again = copy.deepcopy(model)
    assert (model.optimizer.iterations, again.optimizer.iterations) == (4, 0)
    model.compile(model.optimizer, "binary_crossentropy")
    assert float(model.optimizer.learning_rate) == float(again.optimizer.learning_rate) == pytest.approx(0.1)


@pytest.mark.parametrize("name", ["variables", "apply_gradients", "apply", "minimize"])
def test_an_optimizer_says_what_makes_the_steps(name):
    assert not hasattr(keras.optimizers.Adam(), name)
    with pytest.raises(UnsupportedError, match="the engine"):
        getattr(keras.optimizers.Adam(), name)


# --- layers and variables
def test_a_dropout_with_a_seed_repeats_its_draws(tmp_path):
    def trained(model):
        model.layers[-1].set_weights([np.ones((4, 1)), np.zeros(1)])
        model.fit(X, Y, verbose=0)
        return model.get_weights()[0]

    model = network(layers.Dropout(0.5, seed=42))
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    assert again.layers[0].seed == 42
    first = trained(model)
    assert np.array_equal(first, trained(again)) and not np.array_equal(first, trained(network(layers.Dropout(0.5, seed=43))))


def test_a_layer_gives_its_initializers_and_shapes(tmp_path):
    model = network(layers.Dense(3, kernel_initializer=keras.initializers.Constant(2.0), kernel_regularizer="l2"))
    layer = model.layers[0]
    layer.set_weights([np.zeros((4, 3)), np.ones(3)])
    for variable, initializer in ((layer.kernel, layer.kernel_initializer), (layer.bias, layer.bias_initializer)):
        variable.assign(initializer(variable.shape))
    assert (layer.kernel.numpy() == 2).all() and (layer.bias.numpy() == 0).all()
    assert isinstance(layer.kernel_regularizer, keras.regularizers.L2) and layer.kernel_constraint is None
    assert layer.output_shape == (None, 3) and model.layers[1].output_shape == (None, 1) and layers.Dense(2).output_shape is None
    model.save(tmp_path / "m.onnx")
    assert keras.models.load_model(tmp_path / "m.onnx").layers[1].kernel_initializer((2, 2)).shape == (2, 2)


def test_variables_compute():
    variable = network().layers[0].kernel
    values = variable.numpy()
    for computed, expected in ((variable * 2, values * 2), (1 - variable, 1 - values), (-variable, -values), (variable[1], values[1]), (variable @ [[2.0]], values @ [[2.0]]),
                               (abs(variable), abs(values)), (np.sqrt(np.square(variable)), abs(values)), (variable + variable, values + values)):
        assert type(computed) is np.ndarray and np.array_equal(computed, expected)
    assert len(variable) == 4 and variable == variable and variable in [variable] and len({variable}) == 1
    variable.assign_add(np.ones((4, 1)))
    assert np.array_equal(variable.numpy(), values + 1)
    variable.assign_sub(np.ones((4, 1), "float32"))
    assert variable.numpy() == pytest.approx(values, abs=1e-6)


@pytest.mark.parametrize("keyed, order", [(True, ["second", "first"]), (False, ["first", "second"])])
def test_losses_of_a_dictionary_of_outputs_are_listed_as_they_were_given(keyed, order):
    given = keras.Input((4,))
    outputs = {name: layers.Dense(1, name=name)(given) for name in ("first", "second")}
    model = keras.Model(given, outputs if keyed else list(outputs.values()))
    model.compile("sgd", {"second": "mae", "first": "mse"}, metrics={"first": ["mae"]})
    assert model.metrics_names == ["loss", *(f"{name}_loss" for name in order), "first_mae"]
    values, predicted = model.evaluate(X, {"first": Y, "second": Y}, verbose=0), model.predict(X, verbose=0)
    second = predicted["second" if keyed else 1]
    assert values[1 + order.index("second")] == pytest.approx(np.abs(second[:, 0] - Y).mean(), rel=1e-5)
