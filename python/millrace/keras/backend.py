# SPDX-License-Identifier: Apache-2.0
"""The part of Keras's backend that has a meaning here."""

from millrace.errors import UnsupportedError
from millrace.keras._operation import unknown_name
from millrace.keras.utils import clear_session


def floatx():
    """The type of numbers in which models compute."""
    return "float32"


def set_floatx(value):
    """Raises UnsupportedError for another type than float32."""
    if value != floatx():
        raise UnsupportedError(f"[set_floatx] {value!r} is not supported, expected float32: arrays of other types are converted, so leave the line out")


def epsilon():
    """The number that formulas add where they would divide by 0."""
    return 1e-7


def image_data_format():
    """Where the channels of an image are."""
    return "channels_last"


__all__ = ["clear_session", "epsilon", "floatx", "image_data_format", "set_floatx"]


def __getattr__(name):
    raise unknown_name("backend", name, __all__)
