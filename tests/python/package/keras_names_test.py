# SPDX-License-Identifier: Apache-2.0
"""A walk over Keras's public names (keras_names.json, see make_keras_names.py) and the arguments of everything that is here: each
works, or raises an error that says that it is not supported. No name of Keras is unknown."""

import inspect
import json
import pathlib
import sys

import pytest

import millrace
from millrace import keras
from millrace.keras._operation import REQUIRED, Operation

NAMES = json.loads(pathlib.Path(__file__).with_name("keras_names.json").read_text())
MODULES = [each for each in NAMES if each not in ("library", "modules", "methods of a model")]
PLACES = [(module, name) for module in MODULES for name in NAMES[module]]
# Values for arguments without a default.
GIVEN = {"units": 2, "rate": 0.1, "input_dim": 4, "output_dim": 2, "target_shape": (2,), "activation": "relu", "filters": 2, "kernel_size": 2, "num_tokens": 3,
         "num_bins": 3, "initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9, "first_decay_steps": 10, "boundaries": [5], "values": [0.1, 0.01],
         "filepath": "model.onnx", "filename": "log.csv", "schedule": lambda epoch: 0.1}


def module(name):
    return keras if name == "keras" else sys.modules[f"millrace.keras.{name}"]


def found(place):
    """The class or function of that name, or None if it says that it is not supported."""
    try:
        return getattr(module(place[0]), place[1])
    except AttributeError:
        return None


@pytest.mark.parametrize("name", MODULES)
def test_every_name_works_or_is_said_to_be_unsupported(name):
    unknown = []
    for each in NAMES[name]:
        try:
            getattr(module(name), each)
        except millrace.UnsupportedError as error:
            assert "not supported" in str(error)
        except AttributeError:
            unknown.append(each)
    assert unknown == []


def test_every_module_works_or_is_said_to_be_unsupported():
    for name in NAMES["modules"]:
        try:
            getattr(keras, name)
        except millrace.UnsupportedError as error:
            assert name in str(error)


HERE = [place for place in PLACES if found(place) is not None]


@pytest.mark.parametrize("place", HERE, ids=".".join)
def test_every_argument_is_known(place):
    """Either it works, or UnsupportedError names it: never is it unknown."""
    thing = found(place)
    if thing in (keras.KerasTensor, keras.Variable, keras.Layer, keras.Loss, keras.Metric, keras.Optimizer):
        return  # made by this package only
    if not (isinstance(thing, type) and issubclass(thing, Operation)):
        open_ended = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in inspect.signature(thing).parameters.values())
        known = inspect.signature(thing).parameters
        assert open_ended or [each for each in NAMES[place[0]][place[1]] if each not in known] == []
        return
    if thing.__name__ != place[1] or not thing.__signature__.parameters:
        return  # a function of the same name as an object, or a base class
    needed = {name: GIVEN[name] for name, each in thing.__signature__.parameters.items() if each.default is REQUIRED}
    needed |= {"Discretization": {"num_bins": 3}, "F1Score": {"average": "micro"}}.get(thing.__name__, {})
    thing(**needed) if thing.__name__ != "InputLayer" else thing(shape=(2,))
    for name in NAMES[place[0]][place[1]]:
        if name in needed or name in ("shape", "args", "kwargs"):
            continue
        try:
            thing(**needed, **({"shape": (2,)} if thing.__name__ == "InputLayer" else {}), **{name: object()})
        except millrace.ArgumentError as error:
            raise AssertionError(f"{name} is unknown: {error}") from None
        except Exception as error:  # object() is no right value of anything
            assert isinstance(error, (millrace.MillraceError, TypeError, ValueError)), (name, error)


@pytest.mark.parametrize("name", NAMES["methods of a model"])
def test_every_method_works_or_is_said_to_be_unsupported(name):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    try:
        method = getattr(model, name)
    except millrace.UnsupportedError as error:
        assert name in str(error)
        return
    parameters = inspect.signature(method).parameters
    if not any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values()):
        assert [each for each in NAMES["methods of a model"][name] if each not in parameters] == []
