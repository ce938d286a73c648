# SPDX-License-Identifier: Apache-2.0
"""Models, weights and logs in files."""

import csv
import struct

import numpy as np
import pytest
import scenarios
from running import in_onnx_runtime

import millrace
from millrace import keras
from millrace.convert._safetensors import read_tensors
from millrace.keras._events import masked_crc

X = scenarios.numbers(1, 40, 6)


def networks():
    layers = keras.layers
    yield "sequence", keras.Sequential([keras.Input((6,)), layers.Dense(5, activation="gelu", kernel_regularizer="l2"), layers.Dropout(0.2),
                                        layers.BatchNormalization(), layers.PReLU(), layers.Dense(3, activation="softmax")]), X
    entry = keras.Input((6,))
    h = layers.Dense(6, activation="relu")(entry)
    yield "residual", keras.Model(entry, layers.Dense(2)(layers.Add()([entry, layers.LayerNormalization()(h)]))), X
    a, b = keras.Input((2,), name="a"), keras.Input((4,), name="b")
    yield "two inputs", keras.Model([a, b], layers.Dense(1)(layers.Concatenate()([a, layers.Dense(3)(b)]))), [X[:, :2], X[:, 2:]]
    yield "image", keras.Sequential([keras.Input((4, 4, 2)), layers.Conv2D(3, 3, padding="same", activation=layers.LeakyReLU(0.1)),
                                     layers.MaxPooling2D(), layers.Flatten(), layers.Dense(2)]), scenarios.numbers(2, 40, 4, 4, 2)


@pytest.mark.parametrize("name, model, x", list(networks()), ids=lambda value: value if isinstance(value, str) else "")
def test_a_saved_model_is_the_same_model(name, model, x, tmp_path):
    loss = "mse"
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9), clipnorm=1.0), loss, metrics=["mae"])
    y = scenarios.numbers(3, 40, model.output_shape[-1])
    model.fit(x, y, epochs=2, verbose=0)
    path = tmp_path / "model.onnx"
    model.save(path)
    loaded = keras.models.load_model(path)
    assert (loaded.predict(x, verbose=0) == model.predict(x, verbose=0)).all()
    assert loaded.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)
    assert loaded.count_params() == model.count_params()
    loaded.fit(x, y, epochs=1, verbose=0)
    arrays = x if isinstance(x, list) else [x]
    found = in_onnx_runtime(path, lambda inputs: {each.name: array.reshape(len(array), -1) for each, array in zip(inputs, arrays)})
    np.testing.assert_allclose(next(iter(found.values())), model.predict(x, verbose=0), rtol=1e-5, atol=1e-6)


def test_a_damaged_npz_file_is_a_data_error(tmp_path):
    model = next(networks())[1]
    model.save_weights(tmp_path / "whole.npz")
    whole = (tmp_path / "whole.npz").read_bytes()
    directory = whole.rindex(b"PK\x01\x02")
    damaged = [whole[:length] for length in (0, 3, 100, len(whole) // 2, len(whole) - 30)]
    middle = len(whole) // 3
    damaged += [whole[:directory + 10] + b"\x63" + whole[directory + 11:], whole[:middle] + b"\xff" * 60 + whole[middle + 60:]]
    np.save(tmp_path / "array.npy", np.zeros(3))
    damaged.append((tmp_path / "array.npy").read_bytes())
    for data in damaged:
        (tmp_path / "damaged.npz").write_bytes(data)
        with pytest.raises(millrace.DataError, match=r"\[load_weights\]"):
            model.load_weights(tmp_path / "damaged.npz")


def test_a_name_that_is_no_text_is_a_data_error_that_shows_its_bytes(tmp_path):
    model = next(networks())[1]
    model.save(tmp_path / "model.onnx")
    name = f"{model.layers[-1].name}/kernel".encode()
    data = (tmp_path / "model.onnx").read_bytes()
    assert name in data
    at = data.index(name)
    (tmp_path / "damaged.onnx").write_bytes(data[:at + len(name) - 1] + b"\x80" + data[at + len(name):])
    with pytest.raises(millrace.DataError, match=r"\\x80"):
        keras.models.load_model(tmp_path / "damaged.onnx")


def images(*behind):
    layers = keras.layers
    return keras.Sequential([keras.Input((2, 3, 4)), layers.Flatten(name="flat"), *behind])


def test_safetensors_have_the_order_of_pytorch_behind_a_flattened_image(tmp_path):
    """PyTorch flattens (channels, height, width): computed here with NumPy from the file."""
    layers = keras.layers
    model = images(layers.BatchNormalization(name="norm"), layers.PReLU(name="slopes"), layers.Dense(3, name="fc"))
    model.set_weights([scenarios.numbers(i, *each.shape) ** 2 + 0.1 for i, each in enumerate(model.get_weights())])
    millrace.convert.save_safetensors(model, tmp_path / "w.safetensors")
    file = read_tensors(tmp_path / "w.safetensors")
    x = scenarios.numbers(7, 5, 2, 3, 4)
    flat = x.transpose(0, 3, 1, 2).reshape(5, -1)
    flat = (flat - file["norm.running_mean"]) / np.sqrt(file["norm.running_var"] + 1e-3) * file["norm.weight"] + file["norm.bias"]
    flat = np.where(flat > 0, flat, file["slopes.weight"] * flat)
    np.testing.assert_allclose(model.predict(x, verbose=0), flat @ file["fc.weight"].T + file["fc.bias"], rtol=1e-4, atol=1e-5)
    other = images(layers.BatchNormalization(name="norm"), layers.PReLU(name="slopes"), layers.Dense(3, name="fc"))
    millrace.convert.load_safetensors(other, tmp_path / "w.safetensors")
    assert all((a == b).all() for a, b in zip(model.get_weights(), other.get_weights()))


def test_safetensors_beside_and_over_a_flattened_image(tmp_path):
    layers = keras.layers
    image, more = keras.Input((2, 3, 4)), keras.Input((5,))
    flat = layers.Flatten()(image)
    model = keras.Model([image, more], layers.Dense(2, name="fc")(layers.Concatenate()([flat, more])))
    millrace.convert.save_safetensors(model, tmp_path / "w.safetensors")
    file = read_tensors(tmp_path / "w.safetensors")
    x, y = scenarios.numbers(7, 5, 2, 3, 4), scenarios.numbers(8, 5, 5)
    rows = np.hstack([x.transpose(0, 3, 1, 2).reshape(5, -1), y])
    np.testing.assert_allclose(model.predict([x, y], verbose=0), rows @ file["fc.weight"].T + file["fc.bias"], rtol=1e-4, atol=1e-5)
    image, more = keras.Input((2, 3, 4)), keras.Input((5,))
    added = keras.Model([image, more], layers.Dense(2)(layers.Add()([layers.Flatten()(image), layers.Dense(24)(more)])))
    with pytest.raises(millrace.UnsupportedError, match="combines a flattened image with numbers in another order"):
        millrace.convert.save_safetensors(added, tmp_path / "w.safetensors")
    with pytest.raises(millrace.UnsupportedError, match=r"\[load_safetensors\] 'add"):
        millrace.convert.load_safetensors(added, tmp_path / "w.safetensors", names={each.name: "fc" for each in added.layers if each.weights})


def test_safetensors_have_the_scale_of_a_normalization(tmp_path):
    model = keras.Sequential([keras.Input((4,)), keras.layers.RMSNormalization(name="rms")])
    model.set_weights([np.float32([1, 2, 3, 4])])
    millrace.convert.save_safetensors(model, tmp_path / "w.safetensors")
    assert read_tensors(tmp_path / "w.safetensors")["rms.weight"].tolist() == [1, 2, 3, 4]


def test_weights_go_through_a_file(tmp_path):
    a, b = (next(networks())[1] for _ in range(2))
    a.save_weights(tmp_path / "w.npz")
    with pytest.raises(millrace.DataError, match="expected"):
        b.load_weights(tmp_path / "w.npz")  # other names
    names = dict(zip([each.path for each in b.weights], a.get_weights()))
    np.savez(tmp_path / "w.npz", **names)
    b.load_weights(tmp_path / "w.npz")
    assert all((p == q).all() for p, q in zip(a.get_weights(), b.get_weights()))


def test_a_model_of_another_ending_is_refused(tmp_path):
    model = next(networks())[1]
    for path in ("m.h5", "m"):
        with pytest.raises(millrace.UnsupportedError, match="onnx or .keras"):
            model.save(tmp_path / path)
    with pytest.raises(millrace.UnsupportedError, match="onnx, .keras"):
        keras.models.load_model(tmp_path / "m")
    for path in ("m.onnx", "m.keras", "m.h5"):
        with pytest.raises(millrace.DataError, match="(?i)no such file"):
            keras.models.load_model(tmp_path / path)
    with pytest.raises(millrace.DataError):
        keras.models.load_model(__file__ + ".onnx")
    with pytest.raises(millrace.MillraceError, match="no folder"):
        model.save(tmp_path / "no folder" / "m.onnx")


def test_checkpoints_and_logs_are_written(tmp_path):
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    callbacks = keras.callbacks
    history = model.fit(X, X[:, 0], epochs=4, verbose=0, validation_split=0.25, callbacks=[
        callbacks.ModelCheckpoint(tmp_path / "best.onnx", save_best_only=True),
        callbacks.ModelCheckpoint(str(tmp_path / "{epoch:02d}-{val_loss:.2f}.npz"), save_weights_only=True),
        callbacks.CSVLogger(tmp_path / "log.csv")])
    best = keras.models.load_model(tmp_path / "best.onnx")
    assert best.evaluate(X[30:], X[30:, 0], verbose=0)[0] == pytest.approx(min(history.history["val_loss"]), rel=1e-6)
    assert len(list(tmp_path.glob("0*.npz"))) == 4
    rows = list(csv.DictReader(open(tmp_path / "log.csv", encoding="utf-8")))
    assert list(rows[0]) == ["epoch", "loss", "mae", "val_loss", "val_mae"]
    assert [float(each["loss"]) for each in rows] == history.history["loss"]
    with pytest.raises(millrace.UnsupportedError, match=".onnx or .keras"):
        callbacks.ModelCheckpoint("best.h5")


def events(path):
    """[(step, {name: number})] of an event file, whose checksums are compared."""
    data, found = path.read_bytes(), []
    while data:
        length, = struct.unpack("<Q", data[:8])
        assert struct.unpack("<I", data[8:12])[0] == masked_crc(data[:8])
        event, data = data[12:12 + length], data[16 + length:]
        if event[9] == 0x10:  # step, then the summary
            values, at = {}, 12
            summary = event[event.index(b"\x2a", 10):]
            at = 2 if summary[1] < 0x80 else 3
            while at < len(summary):
                size, name = summary[at + 1], summary[at + 3]
                values[summary[at + 4:at + 4 + name].decode()] = struct.unpack("<f", summary[at + size - 2:at + size + 2])[0]
                at += size + 2
            found.append((event[10], values))
    return found


def test_event_files_for_tensorboard(tmp_path):
    assert masked_crc(b"123456789") == ((0xE3069283 >> 15 | 0xE3069283 << 17) + 0xA282EAD8) & 0xFFFFFFFF
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    history = model.fit(X, X[:, 0], epochs=3, batch_size=10, verbose=0, validation_split=0.25,
                        callbacks=[keras.callbacks.TensorBoard(tmp_path, update_freq=2)])
    written = events(next((tmp_path / "train").iterdir()))
    epochs = [each for each in written if "epoch_loss" in each[1]]
    assert [step for step, _ in epochs] == [0, 1, 2] and {"epoch_mae", "epoch_learning_rate"} < set(epochs[0][1])
    np.testing.assert_allclose([values["epoch_loss"] for _, values in epochs], history.history["loss"], rtol=1e-6)
    assert [step for step, values in written if "batch_loss" in values] == [2, 4, 6, 8]
    measured = events(next((tmp_path / "validation").iterdir()))
    np.testing.assert_allclose([values["epoch_mae"] for _, values in measured], history.history["val_mae"], rtol=1e-6)


def engine():
    made = millrace.Model([{"op": "dense", "units": 3, "activation": "tanh"}, {"op": "dense", "units": 1}])
    made.build(6, 1)
    made.compile("mean_squared_error")
    return made


def test_the_engine_resumes_a_checkpoint(tmp_path):
    data, path = millrace.Dataset(X, X[:, 0]), str(tmp_path / "run.safetensors")
    whole, part = engine(), engine()
    whole.fit(data, epochs=6)
    part.fit(data, epochs=3, checkpoint=path)
    resumed = engine()
    resumed.fit(data, epochs=6, checkpoint=path, resume=True)
    assert (resumed.weights("dense_1/kernel") == whole.weights("dense_1/kernel")).all()
    assert (millrace.Model.load_checkpoint(path).predict(X) == whole.predict(X)).all()
    for wrong, message in (({"resume": True}, "resume is given without checkpoint"), ({"slices": -7}, "slices is -7, expected 0 or more")):
        with pytest.raises(millrace.UsageError, match=message):
            engine().fit(data, **wrong)


@pytest.mark.parametrize("raised", [KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize("moment", ["on_step", "on_epoch"])
def test_a_run_that_ends_by_an_exception_of_the_users_is_saved(moment, raised, tmp_path):
    data, path = millrace.Dataset(X, X[:, 0]), str(tmp_path / "run.safetensors")
    seen = []

    def fails(values):
        seen.append(values)
        if len(seen) == 7:
            raise raised("enough")

    whole, cut, resumed = engine(), engine(), engine()
    whole.fit(data, epochs=9, batch_size=8)
    with pytest.raises(raised, match="enough"):
        cut.fit(data, epochs=9, batch_size=8, checkpoint=path, **{moment: fails})
    assert (millrace.Model.load_checkpoint(path).weights("dense_1/kernel") == cut.weights("dense_1/kernel")).all()
    rest = resumed.fit(data, epochs=9, batch_size=8, checkpoint=path, resume=True)
    assert rest["steps"] == 9 * 5 - (7 if moment == "on_step" else 7 * 5)
    assert (resumed.weights("dense_1/kernel") == whole.weights("dense_1/kernel")).all()
