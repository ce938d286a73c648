# SPDX-License-Identifier: Apache-2.0
"""Trainings that a user writes, compared with what the real Keras reported (keras.json, see make_keras.py)."""

import json
import pathlib

import numpy as np
import pytest
import scenarios

import millrace as tf

RECORDED = json.loads(pathlib.Path(__file__).with_name("keras.json").read_text())["results"]


def compare(ours, theirs, where):
    assert type(ours) is type(theirs) or {type(ours), type(theirs)} == {int, float}, where
    if isinstance(theirs, dict):
        assert list(ours) == list(theirs), where
        for name in theirs:
            compare(ours[name], theirs[name], f"{where}.{name}")
    elif isinstance(theirs, list) and theirs and isinstance(theirs[0], list):
        assert len(ours) == len(theirs), where
        for i, (a, b) in enumerate(zip(ours, theirs)):
            compare(a, b, f"{where}[{i}]")
    elif isinstance(theirs, list) and theirs and isinstance(theirs[0], str):
        assert ours == theirs, where
    else:
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=2e-6, err_msg=where)


@pytest.mark.parametrize("name", scenarios.SCENARIOS)
def test_gives_the_numbers_of_keras(name):
    compare(scenarios.SCENARIOS[name](tf.keras), RECORDED[name], name)
