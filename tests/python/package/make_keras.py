# SPDX-License-Identifier: Apache-2.0
"""Runs scenarios.py with the real Keras on JAX and writes keras.json, which scenarios_test.py compares with.

Usage, in an environment with `pip install keras==3.15.1 jax==0.10.2`:  make_keras.py [SCENARIO ...]
"""

import json
import os
import pathlib
import sys

os.environ["KERAS_BACKEND"], os.environ["JAX_PLATFORMS"] = "jax", "cpu"

import jax
import keras
import scenarios

path = pathlib.Path(__file__).with_name("keras.json")
results = json.loads(path.read_text())["results"] if path.exists() else {}
for name in sys.argv[1:] or scenarios.SCENARIOS:
    results[name] = scenarios.SCENARIOS[name](keras)
    print(name)


def shortened(value):
    """Numbers with seven digits: float32 has no more."""
    if isinstance(value, float):
        return float(f"{value:.7g}")
    if isinstance(value, dict):
        return {name: shortened(each) for name, each in value.items()}
    return [shortened(each) for each in value] if isinstance(value, list) else value


lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(shortened(results[name]))}" for name in scenarios.SCENARIOS if name in results)
library = json.dumps({"keras": keras.__version__, "backend": "jax", "jax": jax.__version__})
path.write_text(f'{{"library": {library}, "results": {{\n{lines}\n}}}}\n')
