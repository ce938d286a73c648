# SPDX-License-Identifier: Apache-2.0
"""Layers in the order in which they compute."""

from millrace.errors import UsageError
from millrace.keras.layers._layer import InputLayer


def check_names(who, layers):
    seen = set()
    for layer in layers:
        if layer.name in seen:
            raise UsageError(f"[{who}] two layers have the name '{layer.name}', expected a name of its own for each")
        seen.add(layer.name)


def ordered(who, inputs, output):
    """[(layer, names of its inputs)] of everything that `output` needs, each layer behind its inputs."""
    chain, done = [(each, []) for each in inputs], {id(each) for each in inputs}
    stack = [(output, False)]
    while stack:
        tensor, visited = stack.pop()
        if id(tensor.layer) in done:
            continue
        if isinstance(tensor.layer, InputLayer):
            raise UsageError(f"[{who}] the output needs the input '{tensor.name}', which is not among the model's inputs")
        if visited:
            done.add(id(tensor.layer))
            chain.append((tensor.layer, [each.name for each in tensor.inputs]))
        else:
            stack.append((tensor, True))
            stack.extend((each, False) for each in reversed(tensor.inputs))
    needed = {name for _, names in chain for name in names}
    for layer in inputs:
        if layer.name not in needed:
            raise UsageError(f"[{who}] the output does not need the input '{layer.name}'")
    return chain
