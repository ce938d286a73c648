# SPDX-License-Identifier: Apache-2.0
"""Files that the real Keras has written (keras_files/, see make_keras_files.py), files in its formats that we write, and damaged
ones."""

import json
import pathlib
import zipfile

import h5py
import numpy as np
import pytest
import scenarios

import millrace
from millrace import keras

FOLDER = pathlib.Path(__file__).with_name("keras_files")
EXPECTED = np.load(FOLDER / "expected.npz")
NAMES = ("sequence", "functional", "image")


def inputs(name):
    return [EXPECTED[each] for each in sorted(EXPECTED.files) if each.startswith(f"{name}/")]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_models_of_keras_predict_what_keras_predicts(name, ending):
    model = keras.models.load_model(FOLDER / f"{name}.{ending}")
    np.testing.assert_allclose(model.predict(inputs(name), verbose=0), EXPECTED[name], atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_weights_of_keras_are_read(name):
    model = keras.models.load_model(FOLDER / f"{name}.keras")
    model.set_weights([np.zeros_like(each) for each in model.get_weights()])
    model.load_weights(FOLDER / f"{name}.weights.h5")
    np.testing.assert_allclose(model.predict(inputs(name), verbose=0), EXPECTED[name], atol=1e-6)
    model.load_weights(FOLDER / f"{name}.keras")
    model.load_weights(FOLDER / f"{name}.h5")
    np.testing.assert_allclose(model.predict(inputs(name), verbose=0), EXPECTED[name], atol=1e-6)


def test_a_model_of_keras_is_compiled_as_keras_compiled_it():
    model = keras.models.load_model(FOLDER / "sequence.keras")
    assert (model.optimizer.learning_rate, model.optimizer.momentum, model.loss, model.metrics_names) == (0.01, 0.9, "mse", ["loss", "mae"])
    model = keras.models.load_model(FOLDER / "functional.keras")
    assert model.optimizer.clipnorm == 1.0 and model.optimizer.learning_rate == 0.1 and model.loss.from_logits and model.metrics_names[1] == "top"
    assert not keras.models.load_model(FOLDER / "functional.keras", compile=False).compiled


@pytest.mark.parametrize("name", NAMES)
def test_a_model_goes_through_the_files_of_keras(name, tmp_path):
    model = keras.models.load_model(FOLDER / f"{name}.keras")
    model.save(tmp_path / "again.keras")
    again = keras.models.load_model(tmp_path / "again.keras")
    assert (again.predict(inputs(name), verbose=0) == model.predict(inputs(name), verbose=0)).all()
    assert again.get_compile_config() == model.get_compile_config() and [each.name for each in again.layers] == [each.name for each in model.layers]
    model.save_weights(tmp_path / "again.weights.h5")
    again.load_weights(tmp_path / "again.weights.h5")
    assert all((p == q).all() for p, q in zip(again.get_weights(), model.get_weights()))


@pytest.mark.parametrize("name", NAMES)
def test_the_files_have_the_names_of_keras(name, tmp_path):
    """Keras reads what it finds under these names (make_keras_files.py with the real Keras showed the same)."""
    model = keras.models.load_model(FOLDER / f"{name}.keras")
    model.save_weights(tmp_path / "ours.weights.h5")

    def listed(path):
        found = {}
        with h5py.File(path) as file:
            file.visititems(lambda where, each: found.update({where: getattr(each, "shape", None)}))
        return {where: shape for where, shape in found.items() if not where.startswith("optimizer") and "seed_generator" not in where
                and "/activation" not in where and not where.endswith("normalization/vars/2")}

    assert listed(tmp_path / "ours.weights.h5") == {where: shape for where, shape in listed(FOLDER / f"{name}.weights.h5").items()}


def test_the_configuration_makes_an_equal_model():
    model = keras.models.load_model(FOLDER / "functional.keras")
    for copy in (keras.models.model_from_json(model.to_json()), keras.models.clone_model(model), keras.Model.from_config(model.get_config())):
        assert copy.get_config() == model.get_config()
        copy.set_weights(model.get_weights())
        assert (copy.predict(inputs("functional"), verbose=0) == model.predict(inputs("functional"), verbose=0)).all()


def test_layers_that_millrace_does_not_have_are_named():
    with pytest.raises(millrace.UnsupportedError, match="LSTM is not supported"):
        keras.models.load_model(FOLDER / "lstm.keras")


def damaged(path, **members):
    with zipfile.ZipFile(FOLDER / "sequence.keras") as good, zipfile.ZipFile(path, "w") as bad:
        for name in good.namelist():
            if members.get(name, True) is not None:
                bad.writestr(name, members.get(name, good.read(name)))
    return path


def config_with(change):
    with zipfile.ZipFile(FOLDER / "sequence.keras") as file:
        config = json.loads(file.read("config.json"))
    change(config)
    return json.dumps(config)


@pytest.mark.parametrize("members, message", [
    ({"config.json": b"no json"}, "cannot be read"), ({"config.json": b"[]"}, "none of Keras's"), ({"config.json": b"{}"}, "none of Keras's"),
    ({"config.json": None}, "cannot be read"), ({"model.weights.h5": None}, "cannot be read"), ({"model.weights.h5": b"no h5"}, "cannot be read"),
    ({"config.json": config_with(lambda config: config["config"]["layers"][2]["config"].update(units=7))}, "has the shapes"),
    ({"config.json": config_with(lambda config: config["config"]["layers"][2]["config"].update(units="x"))}, "units is 'x'"),
    ({"config.json": config_with(lambda config: config["config"]["layers"][2].update(class_name="Evil", module="os"))}, "no 'Evil'"),
    ({"config.json": config_with(lambda config: config["config"]["layers"][2].update(class_name="__class__"))}, "__class__ is not supported"),
    ({"config.json": config_with(lambda config: config["config"]["layers"][2].update(class_name="unknown_name"))}, "unknown_name is not supported"),
    ({"config.json": config_with(lambda config: config.update(class_name="Mine"))}, "class Mine"),
])
def test_damaged_files_are_refused(members, message, tmp_path):
    with pytest.raises(millrace.MillraceError, match=message):
        keras.models.load_model(damaged(tmp_path / "bad.keras", **members))


def places(value, path=()):
    """The paths of all values in a configuration."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from places(child, (*path, key))


def test_wrong_values_anywhere_are_refused_in_our_words(tmp_path):
    original = json.loads(config_with(lambda config: None))
    for path in places(original):
        for value in (None, -1, "x", 10**30, [[[]]]):
            def change(config):
                for key in path[:-1]:
                    config = config[key]
                config[path[-1]] = value

            file = damaged(tmp_path / "bad.keras", **{"config.json": config_with(change)})
            try:
                keras.models.load_model(file)
            except millrace.MillraceError as error:
                assert str(error).startswith("["), (path, value)


@pytest.mark.parametrize("content", [
    {"layers": 1.0}, {"layers/dense/vars": "text"}, {"layers/dense/vars/0": "text"}, {"layers/dense/vars/x": 1.0}, {"layers/dense/vars/0": np.zeros((2, 3))},
    {"model_weights": 1.0}, {"model_weights/dense/kernel": 1.0}, {"_layer_checkpoint_dependencies/dense": np.zeros(3)},
])
def test_weights_that_are_something_else_are_refused_in_our_words(content, tmp_path):
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(5, name="dense")])
    with h5py.File(tmp_path / "bad.weights.h5", "w") as file:
        for name, value in content.items():
            file[name] = value
    with pytest.raises(millrace.DataError, match=r"^\[load_weights\] .*bad"):
        model.load_weights(tmp_path / "bad.weights.h5")


def test_weights_of_another_model_are_refused(tmp_path):
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(5)])
    for name in ("sequence.weights.h5", "image.weights.h5", "sequence.h5"):
        with pytest.raises(millrace.DataError, match="has the shapes|layers with weights"):
            model.load_weights(FOLDER / name)
    (tmp_path / "text.weights.h5").write_text("no")
    for path in (tmp_path / "text.weights.h5", tmp_path / "none.weights.h5"):
        with pytest.raises(millrace.DataError, match="cannot be read"):
            model.load_weights(path)
    with pytest.raises(millrace.DataError, match="holds no model"):
        keras.models.load_model(FOLDER / "sequence.weights.h5")


def test_functions_of_yours_have_no_configuration(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer=lambda shape, dtype: np.ones(shape))])
    with pytest.raises(millrace.UnsupportedError, match="cannot be written"):
        model.save(tmp_path / "model.keras")
    assert not list(tmp_path.iterdir())


def test_preprocessing_layers_are_in_the_file(tmp_path):
    layers = keras.layers
    kind, size = keras.Input((1,), name="kind", dtype="string"), keras.Input((1,), name="size")
    known, bins = layers.StringLookup(vocabulary=["a", "b"], output_mode="one_hot"), layers.Discretization(num_bins=3, output_mode="one_hot")
    bins.adapt(scenarios.numbers(1, 30, 1))
    model = keras.Model([kind, size], layers.Dense(2)(layers.Concatenate()([known(kind), bins(size), layers.Hashing(3, output_mode="one_hot")(kind)])))
    x = [np.array([["a"], ["b"], ["c"]]), scenarios.numbers(2, 3, 1)]
    model.save(tmp_path / "model.keras")
    assert (keras.models.load_model(tmp_path / "model.keras").predict(x, verbose=0) == model.predict(x, verbose=0)).all()
