# SPDX-License-Identifier: Apache-2.0
"""What layers, losses, optimizers and their like have in common: they are made from arguments with Keras's names.

A class lists its arguments with their defaults once, in `arguments`; the signature, the checks, get_config() and the
attributes follow from it. Arguments that only one value is supported for are listed in `refused`.
"""

import functools
import inspect
import re
from collections.abc import Callable
from typing import TypeVar

from millrace._words import nearest
from millrace.errors import ArgumentError, UnsupportedError, UsageError

REQUIRED = inspect.Parameter.empty
_counts: dict[str, int] = {}
_Function = TypeVar("_Function", bound=Callable)


def unique_name(name):
    """name, name_1, name_2, ...: Keras's names of things that were given none."""
    count = _counts[name] = _counts.get(name, -1) + 1
    return f"{name}_{count}" if count else name


def forget_names():
    _counts.clear()


def snake(name):
    """"BatchNormalization" as "batch_normalization", "Conv2D" as "conv2d"."""
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()


def of_keras(module, name):
    """Whether Keras has this name in a module, or a model this method."""
    from millrace.keras._keras_names import METHODS, NAMES

    return name in (METHODS if module == "Model" else NAMES.get(module, ()))


def unknown_name(module, name, known):
    """The AttributeError for a name that `module` ("layers", "keras", "Model") does not have: of Keras's names, it says so."""
    from millrace.keras._instead import INSTEAD

    if instead := INSTEAD.get((module, name)):
        return attribute_error(f"[{module}] {name} is not supported: {instead}", name, UnsupportedAttribute)
    if of_keras(module, name):
        return attribute_error(f"[{module}] {name} is not supported, expected one of {', '.join(sorted(known))}", name, UnsupportedAttribute)
    home = "millrace.keras" if module == "keras" else f"millrace.keras.{module}"
    return attribute_error(f"module '{home}' has no '{name}'.{nearest(name, known)}", name)


def attribute_error(text, name, kind=AttributeError):
    """An AttributeError. Python adds no guess of its own, which may be a private name, to one that has a name."""
    error = kind(text)
    error.name = name
    return error


_RENAMED = {"lr": "learning_rate", "nb_epoch": "epochs", "kernel_init": "kernel_initializer", "init": "kernel_initializer", "input": "inputs",
            "output": "outputs", "output_dim": "units"}  # arguments of older versions of Keras


def unknown_argument(who, name, known):
    """The error for an argument that `who` does not have: of Keras's arguments, it says so."""
    from millrace.keras._keras_names import ARGUMENTS

    if name in ARGUMENTS.get(who, "").split():
        return UnsupportedError(f"[{who}] {name} is not supported: leave it out")
    renamed = _RENAMED.get(name)
    hint = f" Did you mean '{renamed}'?" if renamed in known else nearest(name, known)
    return ArgumentError(f"[{who}] no argument '{name}', expected one of {', '.join(known)}.{hint}")


class UnsupportedAttribute(UnsupportedError, AttributeError):
    """A name of Keras that this package does not have; hasattr() says False."""


def bound(who, signature, args, kwargs):
    """The arguments of a call as a dictionary with defaults. Raises ArgumentError, with the nearest name."""
    known = list(signature.parameters)
    for name in kwargs:
        if name not in signature.parameters:
            raise unknown_argument(who, name, known)
    try:
        given = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise ArgumentError(f"[{who}] {error}, expected {signature}") from None
    given.apply_defaults()
    return dict(given.arguments)


def names_arguments(function: _Function) -> _Function:
    """A function whose unknown arguments raise ArgumentError, with the nearest name."""
    known = [name for name in inspect.signature(function).parameters if name != "self"]
    open_ended = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in inspect.signature(function).parameters.values())
    who = function.__qualname__.removesuffix(".__init__").rpartition(".")[2]

    @functools.wraps(function)
    def checked(*args, **kwargs):
        if not open_ended:
            for name in kwargs:
                if name not in known:
                    raise unknown_argument(who, name, known)
        return function(*args, **kwargs)

    return checked  # type: ignore[return-value]


def refuse(who, given, accepted, hints):
    """Raises UnsupportedError for an argument in `accepted` whose value is none of those that are supported."""
    for name, values in accepted.items():
        value = given[name]
        if not any(value is each or (type(value) is type(each) and value == each) for each in values):
            hint = hints.get(name, f"leave it out, or pass {values[0]!r}")
            raise UnsupportedError(f"[{who}] {name}={value!r} is not supported: {hint}")


def is_own(cls):
    """Whether a class is the user's. The engine would compute what a class of this package says, not what one of the user's overrides."""
    return not f"{cls.__module__}.".startswith("millrace.")


class Operation:
    """Made from keyword arguments; get_config() returns them and from_config() makes an equal one."""

    arguments: dict = {}  # name: default, in order
    refused: dict = {}  # name: the values that are supported
    hints: dict = {}  # name: what to do instead
    _config: dict = {}  # of a class of the user's that does not call __init__()
    instead: str | None = "expected the classes of millrace.keras"  # of a class of the user's that derives from this one; None: it works

    def __init_subclass__(cls, **more):
        super().__init_subclass__(**more)
        if cls.instead is not None and is_own(cls):
            base = next(each for each in cls.__mro__ if not is_own(each))
            raise UnsupportedError(f"[{cls.__name__}] classes of your own that derive from {base.__name__} are not supported, {cls.instead}")
        ordered = {**cls.arguments, **{name: values[0] for name, values in cls.refused.items() if name not in cls.arguments}}
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        cls.__signature__ = inspect.Signature([inspect.Parameter(name, kind, default=default) for name, default in ordered.items()])

    def __init__(self, *args, **kwargs):
        who = type(self).__name__
        self._config = bound(who, self.__signature__, args, kwargs)
        refuse(who, self._config, self.refused, self.hints)
        if "name" in self._config:
            self.name = self._config["name"] or unique_name(snake(who))
        self._prepare(**self._config)

    def _prepare(self, **config):
        """Checks and converts the arguments."""

    def __getattr__(self, name):
        config = self.__dict__.get("_config", {})
        if name in config:
            return config[name]
        raise attribute_error(f"'{type(self).__name__}' object has no attribute '{name}'", name)

    def get_config(self):
        return {**self._config, **({"name": self.name} if "name" in self._config else {})}

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def __repr__(self):
        given = ", ".join(f"{name}={value!r}" for name, value in self._config.items()
                          if not same(value, self.__signature__.parameters[name].default))
        return f"{type(self).__name__}({given})"


def same(a, b):
    try:
        return bool(a == b)
    except ValueError:  # arrays
        return False


def find(kind, given, by_name, base):
    """An operation of class `base` from itself, its class, its name, or Keras's dictionary {"class_name", "config"}."""
    from millrace.keras._instead import INSTEAD

    if isinstance(given, base):
        return given
    if isinstance(given, type) and issubclass(given, base):
        return given()
    if isinstance(given, dict) and "class_name" in given:
        return find(kind, given["class_name"], by_name, base).from_config(given.get("config", {}))
    if isinstance(given, str):
        for name in (given, snake(given), given.lower()):
            if name in by_name:
                return by_name[name]()
        for module in (f"{kind}s", f"{kind}es"):
            if of_keras(module, given) or (module, given) in INSTEAD:
                raise unknown_name(module, given, by_name)
        raise UsageError(f"[{kind}] no '{given}', expected one of {', '.join(sorted(by_name))}.{nearest(given, by_name)}")
    if callable(given):
        raise UnsupportedError(f"[{kind}] functions of your own are not supported ({given!r}), expected one of "
                               f"{', '.join(sorted(by_name))}, or an object of millrace.keras")
    raise UsageError(f"[{kind}] {given!r} is of type {type(given).__name__}, expected a name or an object of millrace.keras")


def text_of(op, options):
    """An operation as the text that the engine reads: "leaky_relu:alpha=0.1"."""
    def value(each):
        return str(each).lower() if isinstance(each, bool) else repr(float(each)) if isinstance(each, float) else str(each)

    return ":".join([op, *(f"{name}={value(each)}" for name, each in options.items())])
