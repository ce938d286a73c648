# SPDX-License-Identifier: Apache-2.0
"""Writes keras_names.json with the real Keras: the public names of its modules, and the arguments of classes, functions and of a
model's methods, which keras_names_test.py walks over. And python/millrace/keras/_keras_names.py, from which errors know what Keras
has and millrace has not.

Usage, in an environment with `pip install keras==3.15.1 jax==0.10.2`:  make_keras_names.py
"""

import inspect
import json
import os
import pathlib
import re
import textwrap

os.environ["KERAS_BACKEND"], os.environ["JAX_PLATFORMS"] = "jax", "cpu"

import keras

MODULES = ("", "activations", "callbacks", "constraints", "initializers", "layers", "losses", "metrics", "models", "optimizers", "optimizers.schedules",
           "regularizers", "saving", "utils")


def arguments(thing):
    try:
        parameters = inspect.signature(thing.__init__ if isinstance(thing, type) else thing).parameters.values()
    except (TypeError, ValueError):
        return []
    return [each.name for each in parameters if each.name != "self" and each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)]


def module(name):
    found = keras
    for part in filter(None, name.split(".")):
        found = getattr(found, part)
    return found


names = {name or "keras": {each: arguments(thing) for each in sorted(dir(module(name))) if not each.startswith("_")
                           for thing in [getattr(module(name), each)] if callable(thing)} for name in MODULES}
methods = {each: arguments(getattr(keras.Model, each)) for each in sorted(dir(keras.Model)) if not each.startswith("_") and callable(getattr(keras.Model, each))}
submodules = sorted(each for each in dir(keras) if not each.startswith("_") and not callable(getattr(keras, each)))
lines = ",\n".join(f"{json.dumps(name)}: {{\n" + ",\n".join(f"  {json.dumps(each)}: {json.dumps(given)}" for each, given in found.items()) + "}"
                   for name, found in {**names, "methods of a model": methods}.items())
pathlib.Path(__file__).with_name("keras_names.json").write_text(f'{{"library": "keras {keras.__version__}", "modules": {json.dumps(submodules)},\n{lines}\n}}\n')


def paragraph(words):
    """Words as a text in lines of at most 120 columns."""
    return textwrap.fill(" ".join(words), 116, initial_indent="    ", subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


everything = {name: sorted({*found, *(submodules if name == "keras" else [])}) for name, found in names.items()}
text = f'''# SPDX-License-Identifier: Apache-2.0
"""What Keras has: the public names of its modules, the methods of a model, and the arguments of classes and functions. Made by
tests/python/package/make_keras_names.py from Keras {keras.__version__}.
"""

NAMES = {{
'''
for name, found in everything.items():
    text += f'  {json.dumps(name)}: """\n{paragraph(found)}\n  """.split(),\n'
text += f'}}\n\nMETHODS = """\n{paragraph(methods)}\n""".split()\n\n'
every = {}
for found in names.values():
    for name, given in found.items():
        every.setdefault(name, set()).update(given)
for name, given in methods.items():
    every.setdefault(name, set()).update(given)
here = pathlib.Path(__file__).parents[3] / "python/millrace/keras"
documented = re.findall(r"`(\w+)`", (pathlib.Path(__file__).parents[3] / "docs/python.md").read_text())
text += "ARGUMENTS = {\n"
for name, given in sorted(every.items()):
    if given and name in documented:
        text += f"  {json.dumps(name)}: {json.dumps(' '.join(sorted(given)))},\n"
(here / "_keras_names.py").write_text(text + "}\n")
