# SPDX-License-Identifier: Apache-2.0
"""millrace.convert with the real PyTorch, both ways; and both libraries in one process. `make python-others` runs it."""

import threading

import numpy as np
import pytest
import safetensors.torch
import torch
import torch.nn.functional as F
from torch import nn

import millrace
from millrace import convert, keras

RANDOM = np.random.RandomState(0)


def random(*shape):
    return RANDOM.randn(*shape).astype("f4")


def shaken(module):
    """The module with other values everywhere, as after a training."""
    torch.manual_seed(0)
    for each in module.modules():
        if isinstance(each, (nn.BatchNorm1d, nn.BatchNorm2d)):
            each.running_mean.uniform_(-1, 1)
            each.running_var.uniform_(0.5, 2)
    for parameter in module.parameters():
        nn.init.uniform_(parameter, -0.5, 0.5)
    return module.eval()


class Image(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.pool, self.norm = nn.Conv2d(2, 4, 3, padding=1), nn.MaxPool2d(2), nn.BatchNorm2d(4)
        self.second, self.last = nn.Conv2d(4, 3, (1, 2), stride=(1, 2), bias=False), nn.Linear(9, 5)

    def forward(self, x):
        x = self.second(self.pool(F.relu(self.norm(self.first(x)))))
        return self.last(F.leaky_relu(torch.flatten(x, 1), 0.1))


class Pooled(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.pool, self.flat, self.last = nn.Conv2d(1, 3, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2)

    def forward(self, x):
        return self.last(self.flat(self.pool(torch.tanh(self.conv(x)))))


class Viewed(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.last = nn.Conv2d(1, 3, 3), nn.BatchNorm1d(48), nn.Linear(48, 2)

    def forward(self, x):
        return self.last(self.norm(self.conv(x).view(x.size(0), -1)))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last, self.activation = nn.Linear(4, 4), nn.Linear(7, 2), nn.ELU(0.7)

    def forward(self, x, y):
        return self.last(torch.cat([x + self.activation(self.first(x)), y], dim=1))


class Beside(nn.Module):
    """A flattened image beside numbers, and with a normalisation of its own."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.slopes, self.last = nn.Conv2d(1, 3, 2), nn.BatchNorm1d(12), nn.PReLU(12), nn.Linear(16, 2)

    def forward(self, x, y):
        return self.last(torch.cat([y, self.slopes(self.norm(torch.flatten(self.conv(x), 1)))], 1))


MODULES = {
    "sequence": (nn.Sequential(nn.Linear(6, 16), nn.GELU(), nn.BatchNorm1d(16), nn.Dropout(0.3), nn.Linear(16, 8, bias=False), nn.LeakyReLU(0.2),
                               nn.LayerNorm(8), nn.PReLU(), nn.Linear(8, 3), nn.Softmax(dim=1)), [(6,)]),
    "activations": (nn.Sequential(*[each for activation in (nn.ReLU(), nn.SELU(), nn.SiLU(), nn.Mish(), nn.Sigmoid(), nn.Tanh(), nn.Softsign(), nn.Hardsigmoid(),
                                                            nn.Hardswish(), nn.Softplus(), nn.GELU(approximate="tanh"), nn.LogSoftmax(-1))
                                    for each in (nn.Linear(5, 5), activation)]), [(5,)]),
    "nested": (nn.Sequential(nn.Sequential(nn.Linear(3, 4), nn.ReLU()), nn.Identity(), nn.Linear(4, 1)), [(3,)]),
    "image": (Image(), [(2, 6, 6)]), "pooled": (Pooled(), [(1, 6, 6)]), "viewed": (Viewed(), [(1, 6, 6)]), "residual": (Residual(), [(4,), (3,)]),
    "beside": (Beside(), [(1, 3, 3), (4,)]), "root mean square": (nn.Sequential(nn.Linear(3, 5), nn.RMSNorm(5), nn.Linear(5, 1)), [(3,)])}


def compute(module, inputs):
    with torch.no_grad():
        return module.eval()(*map(torch.from_numpy, inputs)).numpy()


@pytest.mark.parametrize("name", MODULES)
def test_a_module_goes_there_and_back(name):
    module, shapes = MODULES[name]
    module, inputs = shaken(module), [random(7, *shape) for shape in shapes]
    wanted = compute(module, inputs)
    model = convert.from_torch(module, shapes if len(shapes) > 1 else shapes[0])
    turned = [each.transpose(0, 2, 3, 1).copy() if each.ndim == 4 else each for each in inputs]
    np.testing.assert_allclose(model.predict(turned if len(turned) > 1 else turned[0], verbose=0), wanted, atol=1e-6)
    np.testing.assert_allclose(compute(convert.to_torch(model), inputs), wanted, atol=1e-6)


@pytest.mark.parametrize("name", ["sequence", "image", "viewed", "beside", "root mean square"])
def test_weights_go_through_safetensors(name, tmp_path):
    module, shapes = shaken(MODULES[name][0]), MODULES[name][1]
    safetensors.torch.save_file(module.state_dict(), tmp_path / "a.safetensors")
    model = keras.models.clone_model(convert.from_torch(module, shapes if len(shapes) > 1 else shapes[0]))
    convert.load_safetensors(model, tmp_path / "a.safetensors", names=None if name == "sequence" else
                             {each.name: each.name for each in model.layers if each.weights})
    x = [random(5, *shape) for shape in shapes]
    turned = [each.transpose(0, 2, 3, 1).copy() if each.ndim == 4 else each for each in x]
    np.testing.assert_allclose(model.predict(turned if len(turned) > 1 else turned[0], verbose=0), compute(module, x), atol=1e-6)
    convert.save_safetensors(model, tmp_path / "b.safetensors")
    twin = convert.to_torch(model)
    missing, unexpected = twin.load_state_dict(safetensors.torch.load_file(tmp_path / "b.safetensors"), strict=False)
    assert unexpected == [] and all(each.endswith("num_batches_tracked") for each in missing)


class Forks(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))

    def forward(self, x):
        return x * self.weight


@pytest.mark.parametrize("module, message", [
    (nn.Sequential(nn.LSTM(3, 3)), "'0' is a LSTM"), (nn.Sequential(nn.Linear(3, 3), nn.Softmax(dim=0)), "dim=0"), (nn.Sequential(nn.Softplus(beta=2)), "beta=2"),
    (nn.Sequential(nn.BatchNorm1d(3, track_running_stats=False)), "track_running_stats"), (Forks(), "depends on values"), (Own(), "parameter of the module itself"),
    (3, "expected a torch.nn.Module")])
def test_what_millrace_does_not_have_is_named(module, message):
    with pytest.raises(millrace.UsageError, match=message):
        convert.from_torch(module, (3,))


class Computed(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


IMAGE = (2, 4, 4)


@pytest.mark.parametrize("function, shape, message", [
    (lambda x: F.softplus(x, beta=2), (3,), "beta=2"), (lambda x: F.softplus(x, 1, 5), (3,), "threshold=5"),
    (lambda x: torch.add(x, x, alpha=2), (3,), "alpha=2"), (lambda x: torch.sub(x, x, alpha=3), (3,), "alpha=3"),
    (lambda x: torch.flatten(x), (3,), "flattens other axes"), (lambda x: x.view(1, -1), (3,), "function view is not supported"),
    (lambda x: F.softmax(x, -1), IMAGE, "along axis -1"), (lambda x: torch.softmax(x, 1, dtype=torch.float64), (3,), "the argument"),
    (lambda x: torch.flatten(x, 1), IMAGE, "returns 'flatten', a flattened image"),
    (lambda x: torch.flatten(x, 2), IMAGE, "flattens other axes")])
def test_arguments_that_change_the_result_are_named(function, shape, message):
    with pytest.raises(millrace.UsageError, match=message):
        convert.from_torch(Computed(function), shape)


@pytest.mark.parametrize("layer, message", [
    (nn.AvgPool2d(2, divisor_override=3), "divisor_override=3"), (nn.Softmax(-1), "dim=-1"), (nn.Softplus(threshold=3), "threshold=3"),
    (nn.Linear(4, 2), "multiplies the rows of an image"), (nn.Flatten(), "a flattened image, whose channels come first"),
    (nn.Conv2d(2, 2, 1).to(torch.bfloat16), r"torch.bfloat16, .* expected float32: from_torch\(module.float")])
def test_options_of_layers_on_images_are_named(layer, message):
    with pytest.raises(millrace.UsageError, match=message):
        convert.from_torch(nn.Sequential(layer), IMAGE)


def test_softmax_of_an_image_is_that_of_its_channels():
    for each in (nn.Softmax(1), Computed(lambda x: F.softmax(x, -3))):
        model = convert.from_torch(nn.Sequential(nn.Conv2d(2, 2, 1), each), IMAGE)
        assert model.layers[-1].activation_function().text == "softmax"


def test_flattened_images_go_to_pytorch_and_stay_the_same():
    layers = keras.layers
    image, more = keras.Input((2, 3, 4)), keras.Input((5,))
    flat = layers.Flatten()(image)
    both = layers.Add(name="both")([flat, layers.Dense(24)(more)])
    model = keras.Model([image, more], [layers.Dense(2)(both), layers.Dense(3)(flat), flat])
    x, y = random(4, 2, 3, 4), random(4, 5)
    found = convert.to_torch(model).eval()(torch.from_numpy(x.transpose(0, 3, 1, 2).copy()), torch.from_numpy(y))
    for ours, theirs in zip(model.predict([x, y], verbose=0), found):
        np.testing.assert_allclose(theirs.detach().numpy(), ours, atol=1e-5)


def test_tensors_are_read_without_a_copy():
    rows = torch.ones(4, 3)
    assert millrace.Dataset(rows).features.ctypes.data == rows.data_ptr()
    assert (millrace.Dataset(torch.ones(4, 3, requires_grad=True)).features == 1).all()
    with pytest.raises(millrace.UsageError, match=r"pass .float\(\)"):
        millrace.Dataset(torch.ones(4, 3, dtype=torch.bfloat16))


def test_both_libraries_train_in_one_process():
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(32), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    x, losses = random(2000, 6), []

    def theirs():
        layer = nn.Linear(6, 1)
        optimizer = torch.optim.SGD(layer.parameters(), 0.01)
        for _ in range(50):
            optimizer.zero_grad()
            loss = (layer(torch.from_numpy(x)) ** 2).mean()
            loss.backward()
            optimizer.step()
            losses.append(float(loss))

    thread = threading.Thread(target=theirs)
    thread.start()
    history = model.fit(x, x[:, 0], epochs=20, verbose=0)
    thread.join()
    assert losses[-1] < losses[0] and history.history["loss"][-1] < history.history["loss"][0]


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk, self.price, self.kind = nn.Linear(4, 6), nn.Linear(6, 1), nn.Linear(6, 3)

    def forward(self, x):
        hidden = torch.tanh(self.trunk(x))
        return self.price(hidden), torch.softmax(self.kind(hidden), -1)


class NamedHeads(TwoHeads):
    def forward(self, x):
        price, kind = super().forward(x)
        return {"price": price, "kind": kind}


@pytest.mark.parametrize("kind", [TwoHeads, NamedHeads])
def test_a_module_with_several_outputs_goes_there_and_back(kind):
    module, x = shaken(kind()), random(7, 4)
    model = convert.from_torch(module, (4,))
    expected, back = module(torch.from_numpy(x)), convert.to_torch(model).eval()(torch.from_numpy(x))
    found = model.predict(x, verbose=0)
    assert type(found) is type(back) is (dict if kind is NamedHeads else list)
    for key in found if kind is NamedHeads else (0, 1):
        np.testing.assert_allclose(found[key], expected[key].detach(), atol=1e-6)
        np.testing.assert_allclose(back[key].detach(), expected[key].detach(), atol=1e-6)
