# SPDX-License-Identifier: Apache-2.0
"""Models of millrace.keras to modules of PyTorch: an nn.Sequential, or a torch.fx.GraphModule for other networks. Images become
channels first: the module takes (rows, channels, height, width)."""

import collections
import operator

from millrace.convert._torch_layout import flat_orders, tensors_of
from millrace.errors import UnsupportedError
from millrace.keras import layers

_MODULES = {"relu": "ReLU", "selu": "SELU", "silu": "SiLU", "mish": "Mish", "sigmoid": "Sigmoid", "tanh": "Tanh", "softsign": "Softsign",
            "hard_sigmoid": "Hardsigmoid", "hard_swish": "Hardswish", "softplus": "Softplus"}


def to_torch(model):
    """The same network as a PyTorch module with the model's weights, in training mode as PyTorch's modules are when made.

    Names of parameters follow the layers: "dense.weight". Raises UnsupportedError for layers that PyTorch does not have.
    """
    model._need_weights("to_torch")
    model.refuse_preparation("to_torch", "a module of PyTorch", "model.save('model.onnx')")
    import torch

    combining = []  # names of layers whose inputs have different orders
    orders = flat_orders(model, lambda layer: combining.append(layer.name))
    parts = {layer.name: _modules_of(torch, layer) for layer in model.layers if not isinstance(layer, layers.InputLayer)}
    for layer in model.layers:
        if layer.weights:
            module = parts[layer.name][0][1]
            module.load_state_dict({**module.state_dict(), **{name: torch.from_numpy(values) for name, values in tensors_of(layer, orders[layer.name][0]).items()}})
    chain = [(layer, names) for layer, names in model._chain if not isinstance(layer, layers.InputLayer)]
    if len(model.input_layers) == len(model.output_layers) == 1 and all(len(names) == 1 for _, names in chain) and len({name for _, names in chain for name in names}) == len(chain):
        last = [each for each in _reorderings(torch, model.output_names, orders).items()]
        return torch.nn.Sequential(collections.OrderedDict([*(each for layer, _ in chain for each in parts[layer.name]), *last]))
    return _graph(torch, model, chain, parts, orders, combining)


def _reorderings(torch, names, orders):
    """{module's name: module} for those of the layers `names` that give flattened images, whose numbers they put into our order."""
    return {f"{name}_channels_last": _order(torch, orders[name][1]) for name in names if orders[name][1] is not None}


def _graph(torch, model, chain, parts, orders, combining):
    graph, nodes, further = torch.fx.Graph(), {}, {}

    def in_our_order(name):
        made = _reorderings(torch, [name], orders)
        further.update(made)
        return graph.call_module(next(iter(made)), (nodes[name],)) if made else nodes[name]

    joins = {layers.Add: operator.add, layers.Average: operator.add, layers.Subtract: operator.sub, layers.Multiply: operator.mul, layers.Maximum: torch.maximum, layers.Minimum: torch.minimum}
    for layer in model.input_layers:
        nodes[layer.name] = graph.placeholder(layer.name)
    for layer, names in chain:
        given = [in_our_order(name) if layer.name in combining else nodes[name] for name in names]
        if isinstance(layer, layers.Concatenate):
            nodes[layer.name] = graph.call_function(torch.cat, (given,), {"dim": 1})
            continue
        if type(layer) in joins:
            node = given[0]
            for each in given[1:]:
                node = graph.call_function(joins[type(layer)], (node, each))
            if isinstance(layer, layers.Average):
                node = graph.call_function(operator.truediv, (node, len(given)))
            nodes[layer.name] = node
            continue
        node = given[0]
        for name, _ in parts[layer.name]:
            node = graph.call_module(name, (node,))
        nodes[layer.name] = node
    graph.output(model._formed([in_our_order(name) for name in model.output_names]))
    return torch.fx.GraphModule({**{name: module for each in parts.values() for name, module in each}, **further}, graph)


def _modules_of(torch, layer):
    """[(name, module)] that compute a layer: itself and its activation."""
    nn = torch.nn
    if isinstance(layer, (layers.Concatenate, layers.Add, layers.Average, layers.Subtract, layers.Multiply, layers.Maximum, layers.Minimum)):
        return [(layer.name, nn.Identity())]
    name = layer.name

    def refused(what):
        raise UnsupportedError(f"[to_torch] layer '{name}' ({type(layer).__name__}){what} has no counterpart in PyTorch")

    inputs = layer.input_shapes[0]
    if isinstance(layer, layers.Dense):
        return [(name, nn.Linear(inputs[-1], layer.units, bias=layer.use_bias)), *_activation(nn, name, layer.activation, inputs)]
    if isinstance(layer, layers.Conv2D):
        if layer.padding == "same" and layer.strides != (1, 1):
            refused(" with padding='same' and strides")
        conv = nn.Conv2d(inputs[2], layer.filters, layer.kernel_size, layer.strides, layer.padding if layer.padding == "same" else 0,
                         layer.dilation_rate, layer.groups, layer.use_bias)
        return [(name, conv), *_activation(nn, name, layer.activation, inputs)]
    if isinstance(layer, (layers.MaxPooling2D, layers.AveragePooling2D)):
        if layer.padding == "same":
            refused(" with padding='same'")
        return [(name, (nn.MaxPool2d if isinstance(layer, layers.MaxPooling2D) else nn.AvgPool2d)(layer.pool_size, layer.strides))]
    if isinstance(layer, (layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D)):
        pool = nn.AdaptiveAvgPool2d(1) if isinstance(layer, layers.GlobalAveragePooling2D) else nn.AdaptiveMaxPool2d(1)
        return [(name, pool), (f"{name}_flat", nn.Flatten())]
    if isinstance(layer, layers.BatchNormalization):
        if layer.scale != layer.center:
            refused(" with only one of scale and center")
        kind = nn.BatchNorm2d if len(inputs) == 3 else nn.BatchNorm1d
        return [(name, kind(inputs[-1], eps=layer.epsilon, momentum=1 - layer.momentum, affine=layer.scale))]
    if isinstance(layer, layers.LayerNormalization):
        if len(inputs) != 1 or layer.center and not layer.scale:
            refused(" of this form")
        return [(name, nn.LayerNorm(inputs[-1], eps=layer.epsilon, elementwise_affine=layer.scale, bias=layer.center))]
    if isinstance(layer, layers.RMSNormalization) and len(inputs) == 1:
        return [(name, nn.RMSNorm(inputs[-1], eps=layer.epsilon))]
    if isinstance(layer, layers.Embedding):
        return [(name, nn.Embedding(layer.input_dim, layer.output_dim))]
    if isinstance(layer, layers.Dropout):
        return [(name, nn.Dropout(layer.rate))]
    if isinstance(layer, layers.Flatten):
        return [(name, nn.Flatten())]
    if isinstance(layer, layers.PReLU):
        count = layer.count_params()
        if count not in (1, inputs[-1]) or count > 1 and len(inputs) > 1 and not layer.shared_axes:
            refused(" with one alpha an element")
        return [(name, nn.PReLU(count))]
    if isinstance(layer, layers.Activation):
        return _activation(nn, name, layer.activation_function(), inputs, name) or [(name, nn.Identity())]
    refused("")


def _order(torch, order):
    class ChannelsLast(torch.nn.Module):
        """The numbers of a flattened image in the order (height, width, channels)."""

        def __init__(self):
            super().__init__()
            self.register_buffer("order", torch.from_numpy(order.copy()), persistent=False)

        def forward(self, x):
            return x[:, self.order]

    return ChannelsLast()


def _activation(nn, layer, function, inputs, name=None):
    text, name = function.text, name or f"{layer}_activation"
    op, _, option = text.partition(":")
    value = float(option.rpartition("=")[2]) if option and op in ("leaky_relu", "elu") else None
    if op == "linear":
        return []
    if op in _MODULES and not option:
        return [(name, getattr(nn, _MODULES[op])())]
    if op == "leaky_relu":
        return [(name, nn.LeakyReLU(0.2 if value is None else value))]
    if op == "elu":
        return [(name, nn.ELU(1.0 if value is None else value))]
    if op == "gelu":
        return [(name, nn.GELU("tanh" if option.endswith("true") else "none"))]
    if op in ("softmax", "log_softmax") and len(inputs) == 1:
        return [(name, nn.Softmax(-1) if op == "softmax" else nn.LogSoftmax(-1))]
    raise UnsupportedError(f"[to_torch] layer '{layer}' has the activation {text}, which PyTorch does not have as a layer")
