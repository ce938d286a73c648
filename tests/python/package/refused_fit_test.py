# SPDX-License-Identifier: Apache-2.0
"""Model.fit: a call that is refused before its first step leaves the model as it was."""

import numpy as np
import pytest

import millrace
from millrace import Dataset

RNG = np.random.RandomState(1)
X = RNG.uniform(-1, 1, (64, 2)).astype(np.float32)
Y = (X.sum(1) > 0).astype(np.float32)
NAMED = Dataset(X, Y, feature_names=["a", "b"], target_names=["answer"], classes=["no", "yes"])
OTHERS = Dataset(X, Y, feature_names=["x", "y"])


def made():
    model = millrace.Model([{"op": "dense", "units": 4, "activation": "tanh"}, {"op": "dense", "units": 1, "activation": "sigmoid"}])
    model.compile("binary_crossentropy")
    return model


def refusals(folder):
    """(a part of the message, what fit takes) of calls that are refused; some of them after they have read a checkpoint."""
    made().fit(Dataset(X, Y), epochs=2, batch_size=8, seed=5, checkpoint=str(folder / "run"))
    whole = (folder / "run").read_bytes()
    (folder / "damaged").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    resumed = {"data": Dataset(X, Y), "epochs": 4, "batch_size": 8, "seed": 5, "checkpoint": str(folder / "run"), "resume": True}
    far = Dataset(np.full_like(X, np.nan), Y)
    return [
        ("epochs is -1", {"epochs": -1}),
        ("batch_size is 0", {"batch_size": 0}),
        ("slices is -7", {"slices": -7}),
        ("resume is given without checkpoint", {"resume": True}),
        ("validation and validation_split", {"validation": OTHERS, "validation_split": 0.5}),
        ("'x'", {"validation": OTHERS}),
        ("unknown library 'mkl'", {"gemm": "mkl"}),
        ("unknown precision", {"precision": "fp8"}),
        ("class_weight", {"class_weight": [1.0]}),
        ("unknown monitor", {"callbacks": [{"op": "early_stopping", "monitor": "height"}]}),
        ("no path", {"callbacks": [{"op": "csv_log"}]}),
        ("-2 threads", {"threads": -2}),
        ("is nan", {"data": far}),
        ("seed (5 in the checkpoint, 6 now)", resumed | {"seed": 6}),
        ("damaged", resumed | {"checkpoint": str(folder / "damaged")}),
        ("no path", resumed | {"callbacks": [{"op": "csv_log"}]}),
        ("-2 threads", resumed | {"threads": -2}),
    ]


def test_a_refused_fit_changes_nothing(tmp_path):
    for part, options in refusals(tmp_path):
        model, same = made(), made()
        for each in (model, same):
            each.fit(Dataset(X, Y), epochs=1)
        with pytest.raises(millrace.MillraceError) as raised:
            model.fit(**{"data": NAMED} | options)
        assert part in str(raised.value)
        assert model.feature_names == [] and model.summary() == same.summary()
        np.testing.assert_array_equal(model.predict(X), same.predict(X), err_msg=part)
        for each in (model, same):
            each.fit(Dataset(X, Y), epochs=2)
        np.testing.assert_array_equal(model.predict(X), same.predict(X), err_msg=part)


def test_a_refused_fit_leaves_a_model_unbuilt(tmp_path):
    wide = Dataset(np.hstack([X, X]), Y, feature_names=["p", "q", "r", "s"])
    for part, options in refusals(tmp_path):
        model = made()
        with pytest.raises(millrace.MillraceError):
            model.fit(**{"data": NAMED} | options)
        assert "not built" in model.summary() and model.feature_names == [], part
        model.fit(wide)
        assert model.feature_names == ["p", "q", "r", "s"]


def test_a_refused_fit_of_a_built_model_takes_no_names():
    model = made()
    model.build(2)
    with pytest.raises(millrace.UsageError, match="epochs is -1"):
        model.fit(NAMED, epochs=-1)
    model.fit(OTHERS)
    assert model.feature_names == ["x", "y"]
