# SPDX-License-Identifier: Apache-2.0
"""Imports of names that Keras has and this package does not: the ImportError says what to use instead.

Python asks finders for a module `millrace.keras.layers.LSTM` when `from millrace.keras.layers import LSTM` finds no such name; it does
so for packages only, which have a __path__.
"""

import importlib.abc
import sys

from millrace.errors import UnsupportedError


class UnsupportedImport(UnsupportedError, ModuleNotFoundError):
    """A name or a module of Keras or TensorFlow that this package does not have."""


class UnknownNames(importlib.abc.MetaPathFinder):
    """Finds nothing. Raises ImportError with the words that the module has for a name that it does not know."""

    def find_spec(self, fullname, path=None, target=None):
        home, _, name = fullname.rpartition(".")
        module = sys.modules.get(home) if home.partition(".")[0] == "millrace" else None
        if module is None or name.startswith("_"):
            return None
        try:
            getattr(module, name)
        except UnsupportedError as error:
            raise UnsupportedImport(str(error)) from None
        except AttributeError as error:
            raise ModuleNotFoundError(str(error)) from None  # with a name, Python would replace its words
        return None


def explain_imports(*modules):
    """From now on `from module import name` says what the module says of a name that it does not have."""
    if not any(isinstance(each, UnknownNames) for each in sys.meta_path):
        sys.meta_path.append(UnknownNames())
    for module in modules:
        module.__dict__.setdefault("__path__", [])
