# SPDX-License-Identifier: Apache-2.0
"""Modules of PyTorch to models of millrace.keras. torch.fx follows forward(), so any module made of known layers and functions is
read, not only nn.Sequential. Images become channels last: the model takes (rows, height, width, channels)."""

import numpy as np

from millrace.convert._torch_layout import arrays_from_torch, channels_last
from millrace.errors import UnsupportedError, UsageError
from millrace.keras import Model, activations, layers

_FUNCTIONS = {"ReLU": "relu", "SELU": "selu", "SiLU": "silu", "Mish": "mish", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softsign": "softsign",
              "Hardsigmoid": "hard_sigmoid", "Hardswish": "hard_silu"}
_BY_FUNCTION = {"relu": "relu", "sigmoid": "sigmoid", "tanh": "tanh", "selu": "selu", "silu": "silu", "mish": "mish", "softplus": "softplus",
                "softsign": "softsign", "hardsigmoid": "hard_sigmoid", "hardswish": "hard_silu"}

_JOINS = {"add": layers.Add, "iadd": layers.Add, "sub": layers.Subtract, "isub": layers.Subtract, "mul": layers.Multiply, "imul": layers.Multiply,
          "maximum": layers.Maximum, "minimum": layers.Minimum}


def from_torch(module, input_shape, name=None):
    """A millrace.keras model of a PyTorch module, with its weights; not compiled.

    input_shape: of a row in PyTorch's order, such as (30,) or (channels, height, width); a list of shapes for several inputs. The
    module computes as after eval(). Raises UnsupportedError, with the name of the layer, for what millrace does not have.
    """
    import torch

    if not isinstance(module, torch.nn.Module):
        raise UsageError(f"[from_torch] a {type(module).__name__}, expected a torch.nn.Module")
    training = module.training
    module.eval()
    try:
        graph = torch.fx.symbolic_trace(module)
    except Exception as error:  # torch.fx raises whatever the module's own code raises
        raise UnsupportedError(f"[from_torch] forward() cannot be followed, because it depends on values: {error}") from None
    finally:
        module.train(training)
    shapes = input_shape if isinstance(input_shape, list) else [input_shape]
    return _Reader(graph, [tuple(each) for each in shapes]).model(name)


class _Reader:
    def __init__(self, graph, shapes):
        self.graph, self.shapes, self.modules = graph, shapes, dict(graph.named_modules())
        self.inputs, self.tensors = [], {}  # {node: symbolic tensor}
        self.flattened = {}  # {symbolic tensor: (height, width, channels)} of images that were flattened
        self.filled = []  # (layer, PyTorch's tensors, image before the layer or None)

    def model(self, name):
        for node in self.graph.graph.nodes:
            if node.op == "output":
                model = Model(self.inputs, self.outputs(node.args[0]), name=name)
            else:
                self.tensors[node] = getattr(self, node.op, self.unknown)(node)
        for layer, tensors, image in self.filled:
            if image is not None:
                tensors = channels_last(layer, tensors, image)
            layer.set_weights(arrays_from_torch(layer, tensors, layer.name))
        return model

    def outputs(self, returned):
        """What forward() returns, with symbolic tensors: one, or several in a tuple, a list or a dictionary."""
        if isinstance(returned, dict):
            return {name: self.outputs(each) for name, each in returned.items()}
        if isinstance(returned, (list, tuple)):
            return [self.outputs(each) for each in returned]
        tensor = self.tensors.get(returned) if hasattr(returned, "op") else None
        if tensor is None:
            raise UnsupportedError(f"[from_torch] forward() returns {returned!r}, expected tensors of the network")
        return tensor

    # --- kinds of nodes
    def placeholder(self, node):
        if len(self.inputs) == len(self.shapes):
            raise UsageError(f"[from_torch] input_shape has {len(self.shapes)} shapes, but forward() takes more inputs")
        shape = self.shapes[len(self.inputs)]
        self.inputs.append(layers.Input(shape if len(shape) != 3 else (*shape[1:], shape[0]), name=node.name))
        return self.inputs[-1]

    def call_module(self, node):
        module, name = self.modules[node.target], str(node.target)
        kind, given = type(module).__name__, self.tensors.get(node.args[0])
        if given is None:
            raise UnsupportedError(f"[from_torch] '{name}' is called with something else than a tensor of the network")
        layer_name = name.replace(".", "_")
        if kind in ("Identity", "Dropout1d"):
            return given
        if kind == "Flatten":
            if (module.start_dim, module.end_dim) not in ((1, -1), (1, given.ndim - 1)):
                raise UnsupportedError(f"[from_torch] '{name}' flattens other axes than all but the first")
            return self.flat(given, layer_name)
        if kind == "AdaptiveAvgPool2d":
            if module.output_size not in (1, (1, 1)):
                raise UnsupportedError(f"[from_torch] '{name}' has output_size={module.output_size}, expected 1")
            return layers.GlobalAveragePooling2D(name=layer_name)(given)
        layer = layer_of(module, given, name, layer_name)
        result = layer(given)
        tensors = {part: value.detach().cpu().numpy() for part, value in module.state_dict().items() if part != "num_batches_tracked"}
        if tensors:
            self.filled.append((layer, tensors, self.flattened.get(given)))
        if given in self.flattened and not isinstance(layer, layers.Dense):  # all but Linear keep the order
            self.flattened[result] = self.flattened[given]
        return result

    def call_function(self, node):
        name = getattr(node.target, "__name__", str(node.target))
        if name in _JOINS:
            return self.same_order(node, [self.operand(node, each) for each in node.args[:2]], _JOINS[name]())
        if name in ("cat", "concat", "concatenate"):
            parts = [self.operand(node, each) for each in node.args[0]]
            axis = node.args[1] if len(node.args) > 1 else node.kwargs.get("dim", node.kwargs.get("axis", 0))
            if axis not in (1, -1) or any(part.ndim != 2 for part in parts):
                raise UnsupportedError(f"[from_torch] '{node.name}' joins along axis {axis}, expected rows of numbers joined along axis 1")
            return self.same_order(node, parts, layers.Concatenate())
        return self.call_method(node, name)

    def call_method(self, node, name=None):
        given = self.operand(node, node.args[0])
        result = self.function(node, name or node.target, given)
        if given in self.flattened and result is not None:  # an activation or a dropout keeps the order
            self.flattened[result] = self.flattened[given]
        return result

    def function(self, node, name, given):
        if name in _BY_FUNCTION:
            return layers.Activation(_BY_FUNCTION[name])(given)
        options = {**dict(zip(("negative_slope", "inplace"), node.args[1:])), **node.kwargs}
        if name == "leaky_relu":
            return layers.LeakyReLU(float(options.get("negative_slope", 0.01)))(given)
        if name == "gelu":
            return layers.Activation(_gelu(node.kwargs.get("approximate", "none")))(given)
        if name in ("softmax", "log_softmax"):
            axis = node.args[1] if len(node.args) > 1 else node.kwargs.get("dim")
            if axis not in (-1, given.ndim - 1):
                raise UnsupportedError(f"[from_torch] '{node.name}' computes {name} along axis {axis}, expected the last")
            return layers.Activation(name)(given)
        if name == "flatten":
            return self.flat(given, node.name)
        if name in ("view", "reshape") and len(node.args) == 3 and node.args[2] == -1:
            return self.flat(given, node.name)
        if name == "dropout":
            return layers.Dropout(float(node.kwargs.get("p", node.args[1] if len(node.args) > 1 else 0.5)))(given)
        if name == "size" or name == "getattr":
            return None  # the number of rows, for view()
        raise UnsupportedError(f"[from_torch] the function {name} is not supported, expected layers of torch.nn, activations, flatten, cat, +, -, *, maximum and minimum")

    def same_order(self, node, parts, layer):
        images = {self.flattened.get(each) for each in parts}
        if images != {None} and (len(images) > 1 or isinstance(layer, layers.Concatenate)):
            raise UnsupportedError(f"[from_torch] '{node.name}' joins a flattened image with something else, expected a Linear before")
        result = layer(parts)
        if images != {None}:
            self.flattened[result] = images.pop()
        return result

    def unknown(self, node):
        raise UnsupportedError(f"[from_torch] '{node.target}' is a parameter of the module itself, expected parameters in layers of torch.nn")

    def operand(self, node, value):
        tensor = self.tensors.get(value) if hasattr(value, "op") else None
        if tensor is None:
            raise UnsupportedError(f"[from_torch] '{node.name}' computes with {value!r}, expected tensors of the network")
        return tensor

    def flat(self, given, name):
        if given.ndim == 2:
            return given
        result = layers.Flatten(name=name)(given)
        if given.ndim == 4:
            self.flattened[result] = given.shape[1:]
        return result


def layer_of(module, given, name, layer_name):
    """The layer of millrace.keras that computes as a layer of torch.nn, called `name` there."""
    kind = type(module).__name__

    def expect(right, option):
        if not right:
            raise UnsupportedError(f"[from_torch] '{name}' ({kind}) has {option}={getattr(module, option)!r}, which is not supported")

    if kind in _FUNCTIONS:
        return layers.Activation(_FUNCTIONS[kind], name=layer_name)
    if kind == "Softplus":
        expect(module.beta == 1, "beta")
        return layers.Activation("softplus", name=layer_name)
    if kind == "GELU":
        return layers.Activation(_gelu(module.approximate), name=layer_name)
    if kind in ("Softmax", "LogSoftmax"):
        expect(module.dim in (None, -1, given.ndim - 1), "dim")
        return layers.Activation("softmax" if kind == "Softmax" else "log_softmax", name=layer_name)
    if kind == "LeakyReLU":
        return layers.LeakyReLU(module.negative_slope, name=layer_name)
    if kind == "ELU":
        return layers.ELU(module.alpha, name=layer_name)
    if kind == "PReLU":
        axes = list(range(1, given.ndim)) if module.num_parameters == 1 else list(range(1, given.ndim - 1))
        return layers.PReLU(shared_axes=axes or None, name=layer_name)
    if kind == "Linear":
        return layers.Dense(module.out_features, use_bias=module.bias is not None, name=layer_name)
    if kind in ("Dropout", "AlphaDropout"):
        expect(kind == "Dropout", "p")
        return layers.Dropout(module.p, name=layer_name)
    if kind in ("BatchNorm1d", "BatchNorm2d"):
        expect(module.track_running_stats, "track_running_stats")
        expect(module.momentum is not None, "momentum")
        return layers.BatchNormalization(momentum=1 - module.momentum, epsilon=module.eps, center=module.affine, scale=module.affine, name=layer_name)
    if kind == "LayerNorm":
        expect(len(module.normalized_shape) == 1 and given.ndim == 2, "normalized_shape")
        return layers.LayerNormalization(epsilon=module.eps, scale=module.elementwise_affine, center=module.bias is not None, name=layer_name)
    if kind == "Embedding":
        expect(module.max_norm is None, "max_norm")
        return layers.Embedding(module.num_embeddings, module.embedding_dim, name=layer_name)
    if kind == "Conv2d":
        expect(module.padding_mode == "zeros", "padding_mode")
        return layers.Conv2D(module.out_channels, module.kernel_size, strides=module.stride, padding=_padding(module, name), groups=module.groups,
                             dilation_rate=module.dilation, use_bias=module.bias is not None, name=layer_name)
    if kind in ("MaxPool2d", "AvgPool2d"):
        expect(module.padding in (0, (0, 0)), "padding")
        expect(not module.ceil_mode, "ceil_mode")
        expect(getattr(module, "dilation", 1) in (1, (1, 1)), "dilation")
        pooling = layers.MaxPooling2D if kind == "MaxPool2d" else layers.AveragePooling2D
        return pooling(_pair(module.kernel_size), strides=_pair(module.stride), name=layer_name)
    raise UnsupportedError(f"[from_torch] '{name}' is a {kind}, which millrace does not have")


def _gelu(approximate):
    return activations.gelu.with_options(approximate=True) if approximate == "tanh" else activations.gelu


def _pair(value):
    return tuple(value) if isinstance(value, (tuple, list)) else (value, value)


def _padding(module, name):
    if module.padding in ("valid", 0, (0, 0)):
        return "valid"
    same = tuple((size - 1) * dilation / 2 for size, dilation in zip(module.kernel_size, module.dilation))
    if module.padding == "same" or np.array_equal(same, _pair(module.padding)) and _pair(module.stride) == (1, 1):
        return "same"
    raise UnsupportedError(f"[from_torch] '{name}' (Conv2d) has padding={module.padding}, expected none, or that which keeps the size with stride 1")
