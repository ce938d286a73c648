# SPDX-License-Identifier: Apache-2.0
"""Preprocessing layers on arrays and in models. Bins of Hashing were computed with TensorFlow's hash functions."""

import numpy as np
import pytest

import millrace
from millrace import keras
from millrace.keras.layers._hash import bucket

layers = keras.layers
KINDS = np.array([["b"], ["a"], ["b"], ["c"], ["b"], ["a"]])


@pytest.mark.parametrize("count, wanted", [(0, 377723), (1, 375392), (2, 987003), (4, 447459), (7, 986819), (8, 551466), (20, 63527)])
def test_hashing_is_that_of_keras_for_every_length(count, wanted):
    assert bucket(b"millrace " * count, 1000003, None) == wanted


@pytest.mark.parametrize("options, wanted", [
    ({}, [[1], [0], [1], [1], [2]]), ({"salt": [133, 137]}, [[1], [2], [1], [0], [2]]), ({"salt": 133}, [[0], [0], [2], [1], [0]])])
def test_hashing_gives_the_bins_of_keras_documentation(options, wanted):
    assert layers.Hashing(3, **options)([["A"], ["B"], ["C"], ["D"], ["E"]]).tolist() == wanted


def test_hashing_reserves_bin_0_for_the_mask():
    assert layers.Hashing(3, mask_value="")([["A"], ["B"], [""], ["C"], ["D"]]).tolist() == [[1], [1], [0], [2], [2]]
    assert layers.Hashing(4, output_mode="one_hot")(np.array([[1], [2]])).sum() == 2


def test_normalization_learns_mean_and_variance():
    x = np.random.default_rng(1).normal(3, 2, (50, 3)).astype("f4")
    for given in (x, [x[:20], x[20:]], iter([x])):
        prepared = layers.Normalization()
        prepared.adapt(given)
        np.testing.assert_allclose(prepared(x), (x - x.mean(0)) / x.std(0), atol=1e-5)
    assert layers.Normalization(mean=3.0, variance=4.0)(np.array([5.0])) == 1.0
    assert layers.Normalization(axis=None, mean=3.0, variance=4.0)([[5.0, 1.0]]).tolist() == [[1.0, -1.0]]


def test_normalization_is_part_of_a_model_and_follows_adapt(tmp_path):
    x = np.random.default_rng(1).normal(3, 2, (50, 3)).astype("f4")
    x[:, 2] = 7  # a column without variance
    prepared = layers.Normalization()
    model = keras.Sequential([keras.Input((3,)), prepared, layers.Dense(1)])
    np.testing.assert_allclose(model.predict(x, verbose=0), x @ model.get_weights()[2], atol=1e-5)
    prepared.adapt(x)
    wanted = prepared(x) @ model.get_weights()[2]
    np.testing.assert_allclose(model.predict(x, verbose=0), wanted, atol=1e-5)
    model.compile("sgd", "mse")
    before = model.get_weights()[:2]
    model.fit(x, x[:, 0], epochs=2, verbose=0)
    assert all((a == b).all() for a, b in zip(before, model.get_weights())) and not prepared.trainable_weights
    model.save(tmp_path / "model.onnx")
    np.testing.assert_allclose(keras.models.load_model(tmp_path / "model.onnx").predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-6)


def test_lookups_sort_by_frequency_and_then_from_the_end():
    lookup = layers.StringLookup()
    lookup.adapt(np.append(KINDS, [["d"], ["d"]], axis=0))
    assert lookup.get_vocabulary() == ["[UNK]", "b", "d", "a", "c"] and lookup.vocabulary_size() == 5
    assert lookup([["c", "b"], ["?", "a"]]).tolist() == [[4, 1], [0, 3]]
    limited = layers.StringLookup(max_tokens=3)
    limited.adapt(KINDS)
    assert limited.get_vocabulary() == ["[UNK]", "b", "a"]


def test_lookups_have_masks_and_unknown_values():
    lookup = layers.StringLookup(vocabulary=["a", "b"], mask_token="", num_oov_indices=2)
    assert lookup.get_vocabulary() == ["", "[UNK]", "[UNK]", "a", "b"] and lookup.get_vocabulary(False) == ["a", "b"]
    found = lookup(["", "a", "b", "x", "y", "z", "w"]).tolist()
    assert found[:3] == [0, 3, 4] and set(found[3:]) == {1, 2}
    numbers = layers.IntegerLookup(vocabulary=[10, 20], num_oov_indices=2)
    assert numbers([[10], [20], [5], [6]]).tolist() == [[2], [3], [1], [0]]
    assert layers.IntegerLookup(vocabulary=[1, 2], num_oov_indices=0)([2.0]).tolist() == [1]


@pytest.mark.parametrize("mode, wanted", [("one_hot", [[0, 1, 0], [1, 0, 0]]), ("multi_hot", [[0, 1, 0], [1, 0, 0]]), ("count", [[0, 1, 0], [1, 0, 0]])])
def test_lookups_encode(mode, wanted):
    assert layers.StringLookup(vocabulary=["a", "b"], output_mode=mode)([["a"], ["?"]]).tolist() == wanted


def test_categories_are_encoded_and_counted():
    x = np.array([[0, 1], [3, 3]])
    assert layers.CategoryEncoding(4)(x).tolist() == [[1, 1, 0, 0], [0, 0, 0, 1]]
    assert layers.CategoryEncoding(4, output_mode="count")(x).tolist() == [[1, 1, 0, 0], [0, 0, 0, 2]]
    assert layers.CategoryEncoding(4, output_mode="one_hot")(x[:, :1]).tolist() == [[1, 0, 0, 0], [0, 0, 0, 1]]


def test_numbers_fall_into_bins():
    assert layers.Discretization([0.0, 1.0, 2.0])([[-1.5, 1.0, 3.4, 0.5], [0.0, 3.0, 1.3, 0.0]]).tolist() == [[0, 2, 3, 1], [1, 3, 2, 1]]
    bins = layers.Discretization(num_bins=4, epsilon=0.01)
    bins.adapt(np.array([[-1.5, 1.0, 3.4, 0.5], [0.0, 3.0, 1.3, 0.0]]))
    assert bins([[-1.5, 1.0, 3.4, 0.5], [0.0, 3.0, 1.3, 0.0]]).tolist() == [[0, 2, 3, 2], [1, 3, 3, 1]]


def test_a_model_takes_text_and_numbers():
    lookup = layers.StringLookup(output_mode="one_hot")
    lookup.adapt(KINDS)
    kind, size = keras.Input((1,), name="kind", dtype="string"), keras.Input((2,), name="size")
    model = keras.Model([kind, size], layers.Dense(1)(layers.Concatenate()([lookup(kind), size])))
    size = np.random.default_rng(1).normal(size=(6, 2)).astype("f4")
    wanted = np.concatenate([lookup(KINDS), size], axis=1) @ model.get_weights()[0]
    for given in ([KINDS, size], {"kind": KINDS, "size": size}, [KINDS.astype(object), size], [KINDS[:, 0], size]):
        np.testing.assert_allclose(model.predict(given, verbose=0), wanted, atol=1e-6)
    model.compile("adam", "mse", metrics=["mae"])
    model.fit([KINDS, size], size[:, 0], verbose=0, validation_data=([KINDS, size], size[:, 0]))
    model.fit(iter([((KINDS, size), size[:, 0])]), verbose=0)


@pytest.mark.parametrize("call, message", [
    (lambda: layers.StringLookup()(["a"]), "no vocabulary yet"),
    (lambda: layers.StringLookup(vocabulary=["a", "a"]), "'a' twice"),
    (lambda: layers.StringLookup(vocabulary=["a"], num_oov_indices=0)(["b"]), "'b', which is not in the vocabulary"),
    (lambda: layers.StringLookup(output_mode="tf_idf"), "tf_idf"),
    (lambda: layers.StringLookup(vocabulary=["a"], invert=True), "invert=True is not supported"),
    (lambda: layers.IntegerLookup(vocabulary=["x"]), "'x' is no whole number"),
    (lambda: layers.Normalization()(np.ones(3)), "no mean yet"),
    (lambda: layers.Normalization().adapt(np.array([np.nan])), "not finite"),
    (lambda: layers.Normalization(mean=1.0), "only one of mean and variance"),
    (lambda: layers.Normalization().adapt(3), "expected an array or an iterable"),
    (lambda: layers.Normalization().adapt(iter([])), "no batches"),
    (lambda: layers.Discretization(), "either bin_boundaries or num_bins"),
    (lambda: layers.Discretization([2.0, 1.0]), "expected rising numbers"),
    (lambda: layers.Discretization(num_bins=3)([1.0]), "no boundaries yet"),
    (lambda: layers.Discretization([1.0])(["a"]), "expected numbers"),
    (lambda: layers.Hashing(0), "num_bins is 0"),
    (lambda: layers.CategoryEncoding(3)([[5]]), "has 5, expected whole numbers from 0 to 2"),
    (lambda: layers.CategoryEncoding(3)([[0.5]]), "expected whole numbers"),
    (lambda: layers.CategoryEncoding(3)(layers.Dense(2)(keras.Input((2,)))), "right after an Input"),
    (lambda: keras.Sequential([keras.Input((1,), dtype="string"), layers.Dense(1)]), "is text, expected StringLookup"),
    (lambda: layers.StringLookup(vocabulary=["a"])([{}]), "cells of type dict"),
])
def test_wrong_preparation_is_refused(call, message):
    with pytest.raises(millrace.MillraceError, match=message):
        call()
