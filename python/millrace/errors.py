# SPDX-License-Identifier: Apache-2.0
"""The exceptions of millrace. Messages read "[who] what there is, what was expected", and then what to do.

Each kind of error is also a built-in exception, so code that catches ValueError or OSError catches it too. Ctrl-C during
a training raises KeyboardInterrupt, and the model keeps what it has learned.
"""

__all__ = ["ArgumentError", "DataError", "DataWarning", "InternalError", "MillraceError", "MismatchError", "NonFiniteError",
           "ResourceError", "UnsupportedError", "UsageError"]


class MillraceError(Exception):
    """Any error of millrace."""


class UsageError(MillraceError, ValueError):
    """A name, an option or a shape does not fit: change the call."""


class ArgumentError(UsageError, TypeError):
    """A function has no argument of this name, or got too few or too many."""


class UnsupportedError(UsageError, NotImplementedError):
    """Something that Keras or scikit-learn has and millrace does not. The message says what to use instead."""


class DataError(MillraceError, ValueError):
    """A file or an array cannot be used as it is: change the data."""


class NonFiniteError(MillraceError, ArithmeticError):
    """A loss, a gradient or a weight became NaN or infinite. The model has the weights from before the training."""


class MismatchError(MillraceError, RuntimeError):
    """A check failed: an exported model does not give the numbers of the model that it came from."""


class ResourceError(MillraceError, OSError):
    """The machine refused: disk, memory, threads or a library. The same call may succeed later."""


class InternalError(MillraceError, RuntimeError):
    """A fault of millrace: report it with the call that led to it."""


class DataWarning(UserWarning):
    """Something in the data that a training goes on with, such as a column that is left out."""
