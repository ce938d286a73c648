# SPDX-License-Identifier: Apache-2.0
"""Models with several outputs: the forms of losses, targets and predictions, files, and what is refused. The numbers of Keras are in
scenarios_test.py."""

import copy
import pickle

import numpy as np
import pytest

import millrace
from millrace import keras

layers = keras.layers
X = np.random.RandomState(0).randn(60, 4).astype(np.float32)
PRICE, KIND = X @ np.array([1, -1, 2, 0], np.float32), np.argmax(X[:, :3], axis=1)
LOSSES = {"price": "mse", "kind": "sparse_categorical_crossentropy"}


def two_heads(form=list, **options):
    entry = keras.Input((4,), name="x")
    trunk = layers.Dense(6, activation="tanh", name="trunk")(entry)
    heads = {"price": layers.Dense(1, name="price")(trunk), "kind": layers.Dense(3, activation="softmax", name="kind")(trunk)}
    model = keras.Model(entry, heads if form is dict else form(heads.values()))
    for i, name in enumerate(("trunk", "price", "kind")):
        kernel, bias = model.get_layer(name).get_weights()
        model.get_layer(name).set_weights([np.random.RandomState(i).randn(*kernel.shape) / 3, bias])
    model.compile(**{"optimizer": "adam", "loss": LOSSES, **options})
    return model


def trained(model, y=(PRICE, KIND), **options):
    return model.fit(X, y, **{"epochs": 3, "shuffle": False, "verbose": 0, **options}).history


@pytest.mark.parametrize("loss", [list(LOSSES.values()), tuple(LOSSES.values()), dict(reversed(LOSSES.items())),
                                  [keras.losses.MeanSquaredError(), keras.losses.SparseCategoricalCrossentropy]], ids=["list", "tuple", "dictionary", "objects"])
@pytest.mark.parametrize("y", [[PRICE, KIND], (PRICE.reshape(-1, 1), KIND), {"kind": KIND, "price": PRICE}], ids=["list", "tuple", "dictionary"])
def test_every_form_of_losses_and_targets_trains_alike(loss, y):
    assert trained(two_heads(loss=loss), y) == trained(two_heads())


def test_the_loss_is_the_weighted_sum():
    logs = trained(two_heads(loss_weights=[0.5, 2]), epochs=1, validation_data=(X, [PRICE, KIND]))
    assert list(logs) == ["kind_loss", "loss", "price_loss", "val_kind_loss", "val_loss", "val_price_loss"]
    for prefix in ("", "val_"):
        np.testing.assert_allclose(logs[prefix + "loss"][0], 0.5 * logs[prefix + "price_loss"][0] + 2 * logs[prefix + "kind_loss"][0], rtol=1e-6)


def test_the_loss_is_the_weighted_sum_with_sample_weights_too():
    weights = np.arange(60) % 3
    model = two_heads()
    logs = model.evaluate(X, [PRICE, KIND], sample_weight=weights, verbose=0, return_dict=True)
    np.testing.assert_allclose(logs["loss"], logs["price_loss"] + logs["kind_loss"], rtol=1e-6)
    np.testing.assert_allclose(logs["price_loss"], np.mean(weights * np.square(model.predict(X, verbose=0)[0][:, 0] - PRICE)), rtol=1e-5)


def test_one_loss_trains_all_outputs():
    one_hot = keras.utils.to_categorical(KIND, 3)
    assert trained(two_heads(loss="mse"), [PRICE, one_hot]) == trained(two_heads(loss=["mse", "mse"]), [PRICE, one_hot])


@pytest.mark.parametrize("form", [list, tuple, dict])
def test_predictions_have_the_form_of_the_outputs(form):
    model = two_heads(form)
    answer, few, none = model.predict(X, verbose=0), model.predict(iter([X[:5], X[5:7]]), verbose=0), model.predict(X[:0], verbose=0)
    assert type(answer) is type(few) is type(none) is form and type(model.output_shape) is form
    listed = [[each["price"], each["kind"]] if form is dict else list(each) for each in (answer, few, none)]
    assert [[each.shape for each in arrays] for arrays in listed] == [[(60, 1), (60, 3)], [(7, 1), (7, 3)], [(0, 1), (0, 3)]]
    np.testing.assert_array_equal(listed[0][1][:7], listed[1][1])
    side_by_side = listed[1] if form is not dict else reversed(listed[1])  # Keras sorts keys
    np.testing.assert_array_equal(model.predictor()(X[:7]), np.concatenate(list(side_by_side), axis=1))


def test_metrics_are_named_after_their_output():
    model = two_heads(metrics=[["mae"], ["accuracy"]], weighted_metrics={"kind": "accuracy"})
    expected = ["loss", "price_loss", "kind_loss", "kind_accuracy", "kind_weighted_accuracy", "price_mae"]
    assert model.metrics_names == expected
    values = model.evaluate(X, [PRICE, KIND], verbose=0)
    assert dict(zip(expected, values)) == model.evaluate(X, [PRICE, KIND], verbose=0, return_dict=True)
    np.testing.assert_allclose(values[3], np.mean(np.argmax(model.predict(X, verbose=0)[1], 1) == KIND), rtol=1e-6)


def test_callbacks_know_which_direction_is_better():
    model = two_heads(metrics={"kind": ["accuracy"]})
    stop = keras.callbacks.EarlyStopping(monitor="val_kind_accuracy", patience=1)
    trained(model, epochs=2, validation_split=0.5, callbacks=[stop])
    assert stop.best == max(model.history.history["val_kind_accuracy"])


@pytest.mark.parametrize("form", [list, dict])
def test_files_and_copies_keep_outputs_and_losses(form, tmp_path):
    model = two_heads(form, loss_weights={"price": 0.5, "kind": 2}, metrics={"kind": ["accuracy"]})
    trained(model, {"price": PRICE, "kind": KIND})
    model.save(tmp_path / "model.keras")
    copies = [keras.models.load_model(tmp_path / "model.keras"), pickle.loads(pickle.dumps(model)), copy.deepcopy(model)]
    for each in copies:
        assert type(each.predict(X, verbose=0)) is form
        assert each.evaluate(X, {"price": PRICE, "kind": KIND}, verbose=0) == model.evaluate(X, {"price": PRICE, "kind": KIND}, verbose=0)
    assert keras.models.model_from_json(model.to_json()).output_names == model.output_names


def test_an_onnx_file_has_the_outputs_in_a_list(tmp_path):
    model = two_heads(loss_weights=[0.5, 2], metrics=[[], ["accuracy"]])
    model.save(tmp_path / "model.onnx")
    read = keras.models.load_model(tmp_path / "model.onnx")
    for ours, theirs in zip(read.predict(X, verbose=0), model.predict(X, verbose=0)):
        np.testing.assert_array_equal(ours, theirs)
    assert read.evaluate(X, [PRICE, KIND], verbose=0) == model.evaluate(X, [PRICE, KIND], verbose=0)


def test_layers_are_frozen_and_the_outputs_stay():
    model = two_heads()
    model.get_layer("trunk").trainable = False
    model.compile("adam", LOSSES)
    before = model.get_layer("trunk").get_weights()[0]
    trained(model)
    assert (model.get_layer("trunk").get_weights()[0] == before).all() and len(model.predict(X, verbose=0)) == 2


def test_layers_that_no_loss_depends_on_stay_as_they_are():
    model = two_heads(loss={"price": "mse", "kind": None})
    before = model.get_layer("kind").get_weights()[0]
    trained(model, [PRICE, None])
    assert (model.get_layer("kind").get_weights()[0] == before).all() and list(model.history.history) == ["loss"] and model.get_layer("kind").trainable
    model.compile("adam", LOSSES)
    trained(model)
    assert (model.get_layer("kind").get_weights()[0] != before).any()


def test_a_single_output_in_a_list_or_a_dictionary():
    def model(form):
        entry = keras.Input((4,))
        made = keras.Model(entry, form(layers.Dense(1, name="o", kernel_initializer="ones")(entry)))
        made.compile("sgd", {"o": "mse"}, metrics={"o": ["mae"]})
        return made

    listed, named = model(lambda tensor: [tensor]), model(lambda tensor: {"o": tensor})
    assert trained(listed, [PRICE]) == trained(named, {"o": PRICE}) and list(listed.history.history) == ["loss", "mae"]
    assert listed.predict(X, verbose=0).shape == (60, 1) and named.predict(X, verbose=0)["o"].shape == (60, 1)


def test_sample_weights_of_the_outputs_must_be_equal():
    weights = np.arange(60)
    assert trained(two_heads(), sample_weight=[weights, weights]) == trained(two_heads(), sample_weight=weights)
    assert trained(two_heads(), sample_weight={"price": weights, "kind": weights}) == trained(two_heads(), sample_weight=weights)


@pytest.mark.parametrize("options, message", [
    ({"loss": {"price": "mse"}}, "loss has nothing for kind, expected an entry for each output; None trains none"),
    ({"loss": {"prise": "mse", "kind": "mse"}}, "loss has 'prise', expected price, kind. Did you mean 'price'"),
    ({"loss": ["mse"]}, "1 losses, expected 2: one for each output, price, kind"),
    ({"loss": [None, None]}, "no output has a loss"),
    ({"loss_weights": 2.0}, "loss_weights is 2.0, expected a list or a dictionary"),
    ({"loss_weights": [1.0]}, r"loss_weights is \[1.0\], expected a list"),
    ({"loss_weights": {"price": 1.0}}, "loss_weights has nothing for kind"),
    ({"loss_weights": [1.0, -1.0]}, "loss_weights has -1.0, expected numbers of 0 or more"),
    ({"loss_weights": [1.0, "a"]}, "loss_weights has 'a', expected numbers"),
    ({"metrics": ["mae"]}, r"metrics is \['mae'\], expected a dictionary, or a list with the metrics of each output: price, kind"),
    ({"metrics": {"foo": "mae"}}, "metrics has 'foo', expected price, kind"),
    ({"loss": ["mse", None], "metrics": {"kind": "accuracy"}}, "output 'kind' has metrics and no loss"),
    ({"metrics": {"price": ["mae", "mae"]}}, "two metrics have one name"),
])
def test_words_that_do_not_fit_the_outputs_are_refused(options, message):
    with pytest.raises(millrace.UsageError, match=message):
        two_heads(**options)


@pytest.mark.parametrize("options, message", [
    ({"y": PRICE}, "y is of type ndarray, expected a list or a dictionary with an array for each output: price, kind"),
    ({"y": [PRICE]}, "y has 1 arrays, expected 2: price, kind"),
    ({"y": {"price": PRICE}}, "y has the names price, expected price, kind"),
    ({"y": {"price": PRICE, "kind": KIND, "size": KIND}}, "y has the names price, kind, size, expected price, kind"),
    ({"y": [PRICE, KIND[:30]]}, "x has 60 rows and y for 'kind' 30"),
    ({"y": [PRICE, np.zeros((60, 3))]}, "y for 'kind' has 3 columns, expected 1 for sparse_categorical_crossentropy with 3 units: .* categorical_crossentropy"),
    ({"y": [PRICE, KIND + 1]}, r"expected a class from 0 to 2: if classes are counted from 1, subtract 1 from each \(y - 1\)"),
    ({"class_weight": {0: 2.0}}, "class_weight is not supported for several outputs"),
    ({"sample_weight": [np.ones(60), np.zeros(60)]}, "other sample weights for each output are not supported"),
    ({"sample_weight": [np.ones(60)]}, "sample_weight has 1 arrays, expected one number for each row"),
])
def test_targets_that_do_not_fit_the_outputs_are_refused(options, message):
    with pytest.raises(millrace.MillraceError, match=message):
        trained(two_heads(), **options)


def test_outputs_that_no_model_has_are_refused():
    entry = keras.Input((4,))
    hidden = layers.Dense(4)(entry)
    for outputs, message in (([], "no outputs"), ([hidden, hidden], "two outputs are the layer 'dense"), ([entry, hidden], "the output is the input"),
                             ([hidden, layers.Reshape((2, 2, 1))(layers.Dense(4)(entry))], "put Flatten behind it")):
        with pytest.raises(millrace.UsageError, match=message):
            keras.Model(entry, outputs)
    with pytest.raises(millrace.UsageError, match="several outputs"):
        two_heads().confusion(X, [PRICE, KIND])


def test_a_loss_weight_needs_several_outputs():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("sgd", "mse", loss_weights=[1.0])
    with pytest.raises(millrace.UnsupportedError, match="loss_weights is not supported for one output: scale the learning rate"):
        model.compile("sgd", "mse", loss_weights=2.0)


def test_inputs_of_a_dictionary_are_named_by_its_keys():
    a, b = keras.Input((1,)), keras.Input((3,))
    model = keras.Model({"z": a, "b": b}, layers.Dense(1)(layers.Concatenate()([a, b])))
    x = {"z": X[:, :1], "b": X[:, 1:]}
    answer = model.predict(x, verbose=0)
    np.testing.assert_array_equal(model.predict({a.name: x["z"], b.name: x["b"]}, verbose=0), answer)
    copied = keras.Model.from_config(model.get_config())
    copied.set_weights(model.get_weights())
    np.testing.assert_array_equal(copied.predict(x, verbose=0), answer)
    assert list(model.input) == ["b", "z"] and keras.models.model_from_json(model.to_json()).input_keys == ["b", "z"]
    with pytest.raises(millrace.UsageError, match="x has the names q, b, expected b, z"):
        model.predict({"q": x["z"], "b": x["b"]}, verbose=0)


# --- the engine's words
def engine():
    model = millrace.Model([{"op": "dense", "units": 3, "name": "a", "inputs": ["x"]}, {"op": "dense", "units": 1, "name": "b", "inputs": ["x"]}],
                           {"x": (0, 4)}, outputs=["b", "a"])
    model.build(4, 1)
    return model


def test_the_engine_says_where_its_outputs_are():
    model = engine()
    assert model.outputs() == [("b", 0, 1), ("a", 1, 3)]
    outputs = [{"output": "a", "loss": {"op": "huber", "delta": 2.0}, "weight": 0.5, "metrics": ["mean_absolute_error"]}, {"output": "b", "loss": "mean_squared_error"}]
    model.compile(outputs=outputs)
    compiled = model.compiled()["outputs"]
    assert [each["output"] for each in compiled] == ["a", "b"] and compiled[0]["weight"] == 0.5 and compiled[1]["weight"] == 1.0
    values = model.evaluate(millrace.Dataset(X, np.column_stack([PRICE, X[:, :3]])))
    np.testing.assert_allclose(values["loss"], 0.5 * values["a_loss"] + values["b_loss"], rtol=1e-6)
    assert "a_mean_absolute_error" in values


@pytest.mark.parametrize("outputs, message", [
    ([3], r"an output is of type int, expected {"),
    ([{"output": "a", "los": "mse"}], "an output has no option 'los', expected output, loss, weight or metrics"),
    ([{"output": "c", "loss": "mean_squared_error"}], "unknown output 'c'"),
    ([{"output": "a", "loss": "msee"}], "unknown loss 'msee'"),
    ([{"output": "a", "loss": "mean_squared_error", "weight": "much"}], "'weight' is 'much', of type str, expected a number"),
])
def test_the_engine_refuses_words_that_it_does_not_know(outputs, message):
    with pytest.raises((millrace.UsageError, ValueError), match=message):
        model = engine()
        model.compile(outputs=outputs)
        model.evaluate(millrace.Dataset(X, PRICE))
