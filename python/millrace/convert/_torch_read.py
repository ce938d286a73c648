# SPDX-License-Identifier: Apache-2.0
"""Modules of PyTorch to models of millrace.keras. torch.fx follows forward(), so any module made of known layers and functions is
read, not only nn.Sequential. Images become channels last: the model takes (rows, height, width, channels)."""

import numpy as np

from millrace.convert._torch_layout import arrays_from_torch, flat_orders
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
        self.filled = []  # (layer, PyTorch's tensors)

    def model(self, name):
        for node in self.graph.graph.nodes:
            if node.op == "output":
                model = Model(self.inputs, self.outputs(node.args[0]), name=name)
            else:
                self.tensors[node] = getattr(self, node.op, self.unknown)(node)
        orders = flat_orders(model, _refuse_combination)
        for name in model.output_names:
            if orders[name][1] is not None:
                raise UnsupportedError(f"[from_torch] forward() returns '{name}', a flattened image, whose channels come first there and last here, expected a Linear behind it")
        for layer, tensors in self.filled:
            layer.set_weights(arrays_from_torch(layer, tensors, layer.name, orders[layer.name][0]))
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
        kind = type(module).__name__
        given = self.given(node)
        self.arguments(node)
        layer_name = name.replace(".", "_")
        if kind in ("Identity", "Dropout1d"):
            return given
        if kind == "Flatten":
            return self.flat(given, layer_name, node, module.start_dim, module.end_dim)
        if kind == "AdaptiveAvgPool2d":
            if module.output_size not in (1, (1, 1)):
                raise UnsupportedError(f"[from_torch] '{name}' has output_size={module.output_size}, expected 1")
            return layers.GlobalAveragePooling2D(name=layer_name)(given)
        layer = layer_of(module, given, name, layer_name)
        tensors = {part: _array(value, name) for part, value in module.state_dict().items() if part != "num_batches_tracked"}
        if tensors:
            self.filled.append((layer, tensors))
        return layer(given)

    def call_function(self, node):
        name = getattr(node.target, "__name__", str(node.target))
        if name in _JOINS:
            options = self.arguments(node, "other", other=None, alpha=1)
            if options["alpha"] != 1:
                raise UnsupportedError(f"[from_torch] '{node.name}' has alpha={options['alpha']}, which is not supported")
            return _JOINS[name]()([self.given(node), self.operand(node, options["other"])])
        if name in ("cat", "concat", "concatenate"):
            parts = [self.operand(node, each) for each in self.first(node, "tensors")]
            options = self.arguments(node, "dim", dim=0, axis=None)
            axis = options["dim"] if options["axis"] is None else options["axis"]
            if axis not in (1, -1) or any(part.ndim != 2 for part in parts):
                raise UnsupportedError(f"[from_torch] '{node.name}' joins along axis {axis}, expected rows of numbers joined along axis 1")
            return layers.Concatenate()(parts)
        return self.call_method(node, name)

    def call_method(self, node, name=None):
        name = name or node.target
        if name in ("size", "getattr"):
            return None  # the number of rows, for view()
        return self.function(node, name, self.given(node))

    def function(self, node, name, given):
        if name == "softplus":
            options = self.arguments(node, "beta", "threshold", beta=1, threshold=20)
            _expect_softplus(node.name, options["beta"], options["threshold"])
            return layers.Activation("softplus")(given)
        if name in _BY_FUNCTION:
            self.arguments(node, "inplace", inplace=False)
            return layers.Activation(_BY_FUNCTION[name])(given)
        if name == "leaky_relu":
            return layers.LeakyReLU(float(self.arguments(node, "negative_slope", "inplace", negative_slope=0.01, inplace=False)["negative_slope"]))(given)
        if name == "gelu":
            return layers.Activation(_gelu(self.arguments(node, approximate="none")["approximate"]))(given)
        if name in ("softmax", "log_softmax"):
            axis = self.arguments(node, "dim", "_stacklevel", dim=None, _stacklevel=3)["dim"]
            if not _is_last(axis, given):
                raise UnsupportedError(f"[from_torch] '{node.name}' computes {name} along axis {axis}, expected the last one, or the channels of an image")
            return layers.Activation(name)(given)
        if name == "flatten":
            options = self.arguments(node, "start_dim", "end_dim", start_dim=0, end_dim=-1)
            return self.flat(given, node.name, node, options["start_dim"], options["end_dim"])
        if name in ("view", "reshape") and len(node.args) == 3 and node.args[2] == -1 and hasattr(node.args[1], "op"):
            return self.flat(given, node.name, node)
        if name == "dropout":
            return layers.Dropout(float(self.arguments(node, "p", "training", "inplace", p=0.5, training=True, inplace=False)["p"]))(given)
        raise UnsupportedError(f"[from_torch] the function {name} is not supported, expected layers of torch.nn, activations, flatten, cat, +, -, *, maximum and minimum")

    def arguments(self, node, *names, **defaults):
        """The arguments behind the first one: by these names in order, or by keyword. Raises UnsupportedError for any other that is
        given."""
        further = node.args[1:]
        given = dict(zip(names, further)) | {name: value for name, value in node.kwargs.items() if name not in ("input", "tensors") and value is not None}
        unknown = [*(str(each) for each in further[len(names):]), *(f"{name}={value!r}" for name, value in given.items() if name not in defaults)]
        if unknown:
            raise UnsupportedError(f"[from_torch] '{node.name}' has the argument {unknown[0]}, which is not supported")
        return defaults | given

    def first(self, node, name="input"):
        return node.args[0] if node.args else node.kwargs.get(name)

    def given(self, node):
        return self.operand(node, self.first(node))

    def unknown(self, node):
        raise UnsupportedError(f"[from_torch] '{node.target}' is a parameter of the module itself, expected parameters in layers of torch.nn")

    def operand(self, node, value):
        tensor = self.tensors.get(value) if hasattr(value, "op") else None
        if tensor is None:
            raise UnsupportedError(f"[from_torch] '{node.name}' computes with {value!r}, expected tensors of the network")
        return tensor

    def flat(self, given, name, node, start=1, end=-1):
        if start != 1 or end not in (-1, given.ndim - 1):
            raise UnsupportedError(f"[from_torch] '{node.name}' flattens other axes than all but the first")
        return given if given.ndim == 2 else layers.Flatten(name=name)(given)


def _refuse_combination(layer):
    raise UnsupportedError(f"[from_torch] '{layer.name}' combines a flattened image with something else, expected a Linear before")


def _array(value, name):
    if str(value.dtype) == "torch.bfloat16":
        raise UnsupportedError(f"[from_torch] '{name}' has numbers of torch.bfloat16, which NumPy does not have, expected float32: from_torch(module.float(), ...)")
    return value.detach().cpu().numpy()


def _is_last(dim, given):
    """Whether a dim of PyTorch is our last axis: of an image its channels."""
    if dim is None:
        return given.ndim in (2, 4)  # where PyTorch takes dim 1
    return dim in ((1, -3) if given.ndim == 4 else (-1, given.ndim - 1))


def _expect_softplus(name, beta, threshold):
    if beta != 1 or threshold < 20:
        raise UnsupportedError(f"[from_torch] '{name}' is softplus with beta={beta}, threshold={threshold}, expected beta=1 and the threshold 20 or more")


def layer_of(module, given, name, layer_name):
    """The layer of millrace.keras that computes as a layer of torch.nn, called `name` there."""
    kind = type(module).__name__

    def expect(right, option):
        if not right:
            raise UnsupportedError(f"[from_torch] '{name}' ({kind}) has {option}={getattr(module, option)!r}, which is not supported")

    if kind in _FUNCTIONS:
        return layers.Activation(_FUNCTIONS[kind], name=layer_name)
    if kind == "Softplus":
        _expect_softplus(name, module.beta, module.threshold)
        return layers.Activation("softplus", name=layer_name)
    if kind == "GELU":
        return layers.Activation(_gelu(module.approximate), name=layer_name)
    if kind in ("Softmax", "LogSoftmax"):
        expect(_is_last(module.dim, given), "dim")
        return layers.Activation("softmax" if kind == "Softmax" else "log_softmax", name=layer_name)
    if kind == "LeakyReLU":
        return layers.LeakyReLU(module.negative_slope, name=layer_name)
    if kind == "ELU":
        return layers.ELU(module.alpha, name=layer_name)
    if kind == "PReLU":
        axes = list(range(1, given.ndim)) if module.num_parameters == 1 else list(range(1, given.ndim - 1))
        return layers.PReLU(shared_axes=axes or None, name=layer_name)
    if kind == "Linear":
        if given.ndim == 4:
            raise UnsupportedError(f"[from_torch] '{name}' (Linear) multiplies the rows of an image, expected Flatten or a pooling before")
        return layers.Dense(module.out_features, use_bias=module.bias is not None, name=layer_name)
    if kind in ("Dropout", "AlphaDropout"):
        expect(kind == "Dropout", "p")
        return layers.Dropout(module.p, name=layer_name)
    if kind in ("BatchNorm1d", "BatchNorm2d"):
        if given.ndim == 3:
            raise UnsupportedError(f"[from_torch] '{name}' ({kind}) normalises along axis 1 of rows of vectors, which is not supported")
        expect(module.track_running_stats, "track_running_stats")
        expect(module.momentum is not None, "momentum")
        return layers.BatchNormalization(momentum=1 - module.momentum, epsilon=module.eps, center=module.affine, scale=module.affine, name=layer_name)
    if kind == "LayerNorm":
        expect(len(module.normalized_shape) == 1 and given.ndim == 2, "normalized_shape")
        return layers.LayerNormalization(epsilon=module.eps, scale=module.elementwise_affine, center=module.bias is not None, name=layer_name)
    if kind == "RMSNorm":
        expect(len(module.normalized_shape) == 1 and given.ndim == 2, "normalized_shape")
        expect(module.elementwise_affine, "elementwise_affine")
        return layers.RMSNormalization(epsilon=float(np.finfo("f4").eps) if module.eps is None else module.eps, name=layer_name)
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
        expect(getattr(module, "divisor_override", None) is None, "divisor_override")
        expect(not getattr(module, "return_indices", False), "return_indices")
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
