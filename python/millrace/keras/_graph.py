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


def ordered(who, inputs, outputs):
    """[(layer, names of its inputs)] of everything that `outputs` need, each layer behind its inputs, in Keras's order: those that are
    farther from the outputs come first, and among equals those that are met first on the way from the first output to the inputs."""
    met, finished = {}, []  # in the order in which a walk from the outputs meets tensors, and leaves them
    stack = [(each, False) for each in reversed(outputs)]
    while stack:
        tensor, left = stack.pop()
        if left:
            finished.append(tensor)
        elif id(tensor.layer) not in met:
            if isinstance(tensor.layer, InputLayer) and all(tensor.layer is not each for each in inputs):
                raise UsageError(f"[{who}] the output needs the input '{tensor.name}', which is not among the model's inputs")
            met[id(tensor.layer)] = len(met)
            stack.append((tensor, True))
            stack.extend((each, False) for each in reversed(tensor.inputs))
    for layer in inputs:
        if id(layer) not in met:
            raise UsageError(f"[{who}] the output does not need the input '{layer.name}'")
    distance = {id(tensor.layer): 0 for tensor in finished}
    for tensor in reversed(finished):
        for each in tensor.inputs:
            distance[id(each.layer)] = max(distance[id(each.layer)], distance[id(tensor.layer)] + 1)
    finished.sort(key=lambda tensor: (-distance[id(tensor.layer)], met[id(tensor.layer)]))
    return [(tensor.layer, [each.name for each in tensor.inputs]) for tensor in finished]
