# SPDX-License-Identifier: Apache-2.0
"""Networks of PyTorch, exported by both of its exporters.

Usage:  torch_makers.py [FOLDER]        needs: torch onnx onnxscript
"""
import torch
from common import FOLDER, rows, save
from torch import nn

torch.manual_seed(3)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = nn.Linear(6, 6), nn.Linear(6, 6, bias=False), nn.Linear(6, 1)

    def forward(self, x):
        x = x + nn.functional.gelu(self.first(x))
        return self.last(x + nn.functional.mish(self.second(x)))


class Embedded(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.last = nn.Embedding(7, 4), nn.Linear(12, 2)

    def forward(self, x):
        return torch.softmax(self.last(self.table(x.long()).flatten(1)), -1)


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(3, 4), nn.Linear(6, 1)

    def forward(self, a, b):
        return torch.sigmoid(self.last(torch.cat([torch.relu(self.first(a)), b], 1)))


class Gates(nn.Module):
    """Branches that are multiplied, subtracted and compared; a gated linear unit, which splits its input."""

    def __init__(self):
        super().__init__()
        self.value, self.gate, self.both, self.last = nn.Linear(6, 8), nn.Linear(6, 8), nn.Linear(8, 12), nn.Linear(6, 1)

    def forward(self, x):
        value, gate = torch.tanh(self.value(x)), torch.sigmoid(self.gate(x))
        y = torch.maximum(value * gate, torch.minimum(gate, value)) - gate
        return self.last(nn.functional.glu(self.both(y)))


class Sequence(nn.Module):
    """The same Linear for every vector of a sequence."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = nn.Linear(3, 5), nn.Linear(5, 4, bias=False), nn.Linear(4, 2)

    def forward(self, x):
        y = torch.relu(self.first(x))
        return self.last(self.second(y).mean(1))


class Lines(nn.Module):
    """Convolutions of lines."""

    def __init__(self):
        super().__init__()
        self.first, self.norm, self.second, self.last = (nn.Conv1d(2, 4, 3, padding=1), nn.BatchNorm1d(4), nn.Conv1d(4, 6, 2, stride=2),
                                                         nn.Linear(6, 2))

    def forward(self, x):
        y = nn.functional.max_pool1d(torch.relu(self.norm(self.first(x))), 2)
        return self.last(torch.tanh(self.second(y)).mean(-1))


class RootMeanSquare(nn.Module):
    """RMS normalisation by its formula: the TorchScript exporter does not have nn.RMSNorm."""

    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight


def dense():
    return nn.Sequential(nn.Linear(5, 7), nn.GELU(), nn.Linear(7, 6), nn.SiLU(), nn.Linear(6, 6), nn.PReLU(), nn.Dropout(0.3),
                         nn.Linear(6, 4), nn.Hardswish(), nn.Linear(4, 3), nn.Softmax(-1)), rows((5,))


def convolution():
    return nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 3, groups=2), nn.Tanh(),
                         nn.Flatten(), nn.Linear(24, 3)), rows((2, 8, 8))


def batch_normalization():
    return nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(4, 5), nn.BatchNorm1d(5), nn.ELU(), nn.Linear(5, 1), nn.Sigmoid()), rows((2, 8, 8))


def layer_normalization():
    return nn.Sequential(nn.Linear(6, 8), nn.Softplus(), nn.LayerNorm(8), nn.Linear(8, 1)), rows((6,))


def embedding():
    return Embedded(), rows((3,), categories=7)


def residual():
    return Residual(), rows((6,))


def two_inputs():
    return TwoInputs(), rows((3,), (2,))


def gates():
    return Gates(), rows((6,))


def sequence():
    return Sequence(), rows((4, 3))


def lines():
    return Lines(), rows((2, 8))


def rms_normalization():
    return nn.Sequential(nn.Linear(5, 6), nn.SiLU(), RootMeanSquare(6), nn.Linear(6, 2)), rows((5,))


for network in (dense, convolution, batch_normalization, layer_normalization, embedding, residual, two_inputs, gates, sequence, lines,
                rms_normalization):
    model, inputs = network()
    with torch.no_grad():
        for name, value in [*model.named_parameters(), *model.named_buffers()]:
            if value.is_floating_point():
                value.add_(torch.rand(value.shape) * (0.4 if "var" in name else 0.2))
        model.eval()
        tensors = tuple(torch.from_numpy(values) for values in inputs)
        outputs = model(*tensors).numpy()
    names = [f"x{i}" for i in range(len(tensors))]
    path = str(FOLDER / f"torchscript_{network.__name__}.onnx")
    torch.onnx.export(model, tensors, path, dynamo=False, input_names=names, output_names=["y"], opset_version=17,
                      dynamic_axes={name: {0: "batch"} for name in [*names, "y"]})
    save(f"torchscript_{network.__name__}", inputs, outputs)
    path = str(FOLDER / f"torch_{network.__name__}.onnx")
    batch = torch.export.Dim("batch")
    torch.onnx.export(model, tensors, path, dynamo=True, external_data=False, input_names=names,
                      dynamic_shapes=tuple({0: batch} for _ in tensors) if len(tensors) > 1 or True else None)
    save(f"torch_{network.__name__}", inputs, outputs)
