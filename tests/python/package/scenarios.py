# SPDX-License-Identifier: Apache-2.0
"""Trainings as a user writes them, for either package: each function gets `keras` and returns what fit() and evaluate() reported.

make_keras.py runs them with the real Keras and writes keras.json; scenarios_test.py runs them with millrace.keras and
compares. Weights begin with numbers that depend on their shape and place only, and rows are not shuffled.
"""

import numpy as np


def numbers(seed, *shape):
    return np.random.RandomState(seed).uniform(-1, 1, shape).astype(np.float32)


def begin(model):
    """Sets kernels to fixed numbers and moves all else by such, so that no two outputs are equal."""
    values = []
    for i, each in enumerate(model.get_weights()):
        scale = 0.1 if each.ndim == 1 else np.sqrt(3.0 / np.prod(each.shape[:-1]))
        values.append((each if each.ndim == 1 else 0) + scale * numbers(100 + i, *each.shape))
    model.set_weights(values)
    return model


def binary(rows=120, columns=6):
    x = numbers(1, rows, columns)
    return x, (x @ numbers(2, columns) > 0).astype(np.float32)


def classes(rows=120, columns=6, count=4):
    x = numbers(3, rows, columns)
    return x, np.argmax(x @ numbers(4, columns, count), axis=1)


def regression(rows=120, columns=6):
    x = numbers(5, rows, columns)
    return x, np.sin(2 * x @ numbers(6, columns, 1)) + 0.5


def mlp(keras, last, columns=6, **options):
    layers = keras.layers
    return begin(keras.Sequential([keras.Input((columns,)), layers.Dense(8, activation="tanh", **options),
                                   layers.Dense(5, activation="relu"), last]))


def reported(history, **more):
    return {"history": {name: [float(each) for each in values] for name, values in history.history.items()}, "epoch": list(history.epoch), **more}


def lesson(keras):
    x, y = binary()
    dense = keras.layers.Dense
    model = begin(keras.Sequential([keras.Input((6,)), dense(25, activation="sigmoid"), dense(15, activation="sigmoid"),
                                    dense(1, activation="sigmoid")]))
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=25, shuffle=False, verbose=0)
    return reported(history, evaluate=[float(v) for v in model.evaluate(x, y, verbose=0)],
                    predict=np.ravel(model.predict(x[:5], verbose=0)).tolist())


def logits(keras):
    x, y = binary()
    model = mlp(keras, keras.layers.Dense(1))
    model.compile(keras.optimizers.SGD(0.2, momentum=0.9), keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1))
    return reported(model.fit(x, y.reshape(-1, 1), epochs=8, batch_size=16, shuffle=False, verbose=0))


def sparse_classes(keras):
    x, y = classes()
    model = mlp(keras, keras.layers.Dense(4, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy",
                  metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(k=2, name="top2")])
    return reported(model.fit(x, y, epochs=10, validation_split=0.25, shuffle=False, verbose=0))


def one_hot(keras):
    x, y = classes()
    model = mlp(keras, keras.layers.Dense(4, activation="softmax"))
    model.compile("rmsprop", "categorical_crossentropy", metrics=["acc", "mse"])
    return reported(model.fit(x, keras.utils.to_categorical(y, 4), epochs=10, shuffle=False, verbose=0))


def penalties(keras):
    x, y = regression()
    model = mlp(keras, keras.layers.Dense(1), kernel_regularizer=keras.regularizers.L1L2(0.001, 0.01), bias_regularizer="l2",
                kernel_constraint=keras.constraints.MaxNorm(1.0))
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae", keras.metrics.RootMeanSquaredError()])
    history = model.fit(x, y, epochs=10, validation_data=(x[:20], y[:20]), shuffle=False, verbose=0)
    return reported(history, evaluate=[float(v) for v in model.evaluate(x, y, verbose=0)])


def class_weight(keras):
    x, y = binary()
    model = mlp(keras, keras.layers.Dense(1, activation="sigmoid"))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return reported(model.fit(x, y, epochs=10, class_weight={0: 1.0, 1: 5.0}, validation_split=0.2, shuffle=False, verbose=0))


def sample_weight(keras):
    x, y = binary()
    weight = np.abs(numbers(7, len(y))) + 0.1
    model = mlp(keras, keras.layers.Dense(1, activation="sigmoid"))
    model.compile("adam", "binary_crossentropy", weighted_metrics=["accuracy"])
    history = model.fit(x, y, epochs=10, sample_weight=weight, validation_data=(x[:30], y[:30], weight[:30]), shuffle=False, verbose=0)
    return reported(history, evaluate=[float(v) for v in model.evaluate(x, y, sample_weight=weight, verbose=0)])


def metrics_with_and_without_weights(keras):
    x, y = binary()
    weight = np.abs(numbers(7, len(y))) + 0.1
    model = mlp(keras, keras.layers.Dense(1, activation="sigmoid"))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy", "mae"], weighted_metrics=["accuracy", keras.metrics.Precision(name="precision")])
    history = model.fit(x, y, epochs=5, sample_weight=weight, validation_data=(x[:30], y[:30], weight[:30]), shuffle=False, verbose=0)
    return reported(history, evaluate=model.evaluate(x, y, sample_weight=weight, verbose=0, return_dict=True))


def wide_and_deep(keras):
    x, y = regression()
    layers = keras.layers
    wide, deep = keras.Input((2,), name="wide"), keras.Input((4,), name="deep")
    hidden = layers.Dense(8, activation="relu")(layers.Dense(8, activation="relu")(deep))
    model = begin(keras.Model([wide, deep], layers.Dense(1)(layers.Concatenate()([wide, hidden]))))
    model.compile("nadam", "mae")
    inputs = {"deep": x[:, 2:], "wide": x[:, :2]}
    history = model.fit(inputs, y, epochs=10, shuffle=False, verbose=0)
    return reported(history, evaluate=float(model.evaluate([x[:, :2], x[:, 2:]], y, verbose=0)))


def residual(keras):
    x, y = regression()
    layers = keras.layers
    entry = keras.Input((6,))
    h = layers.Dense(8)(entry)
    block = layers.Dense(8)(layers.Activation("gelu")(layers.LayerNormalization()(h)))
    model = begin(keras.Model(entry, layers.Dense(1)(layers.Add()([h, block]))))
    model.compile(keras.optimizers.AdamW(0.01, clipnorm=1.0), keras.losses.Huber(0.5))
    return reported(model.fit(x, y, epochs=10, shuffle=False, verbose=0))


def gates(keras):
    x, y = regression()
    layers = keras.layers
    entry = keras.Input((6,))
    h, gate = layers.Dense(8, activation="tanh")(entry), layers.Dense(8, activation="sigmoid")(entry)
    h = layers.Maximum()([layers.Multiply()([h, gate]), layers.Minimum()([h, layers.Dense(8)(entry)])])
    model = begin(keras.Model(entry, layers.Dense(1)(layers.Subtract()([h, layers.Dense(8)(h)]))))
    model.compile("adam", "mse")
    return reported(model.fit(x, y, epochs=10, shuffle=False, verbose=0))


def embedding(keras):
    layers = keras.layers
    city = np.random.RandomState(8).randint(0, 9, (120, 1))
    x, y = regression(columns=3)
    entry, number = keras.Input((1,), dtype="int32", name="city"), keras.Input((3,), name="numbers")
    vector = layers.Flatten()(layers.Embedding(9, 4)(entry))
    model = begin(keras.Model([entry, number], layers.Dense(1)(layers.Dense(6, "tanh")(layers.Concatenate()([vector, number])))))
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return reported(model.fit([city, x], y, epochs=10, shuffle=False, verbose=0))


def images(keras):
    layers = keras.layers
    x, y = numbers(9, 48, 8, 8, 2), np.random.RandomState(10).randint(0, 3, 48)
    model = begin(keras.Sequential([keras.Input((8, 8, 2)), layers.Conv2D(4, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
                                    layers.Conv2D(6, (3, 3), strides=2), layers.LeakyReLU(0.1), layers.GlobalAveragePooling2D(),
                                    layers.Dense(3, activation="softmax")]))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return reported(model.fit(x, y, epochs=5, batch_size=16, shuffle=False, verbose=0))


def schedule(keras):
    x, y = regression()
    model = mlp(keras, keras.layers.Dense(1))
    rate = keras.optimizers.schedules.CosineDecay(0.05, 30, alpha=0.1, warmup_target=0.1, warmup_steps=4)
    model.compile(keras.optimizers.SGD(rate, momentum=0.9, nesterov=True), "log_cosh")
    return reported(model.fit(x, y, epochs=12, shuffle=False, verbose=0))


def early_stopping(keras):
    x, y = binary()
    model = mlp(keras, keras.layers.Dense(1, activation="sigmoid"))
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
    stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True)
    history = model.fit(x, y, epochs=60, validation_split=0.3, callbacks=[stop], shuffle=False, verbose=0)
    return reported(history, evaluate=[float(v) for v in model.evaluate(x, y, verbose=0)], stopped=stop.stopped_epoch)


def plateau(keras):
    x, y = regression()
    model = mlp(keras, keras.layers.Dense(1))
    model.compile(keras.optimizers.SGD(0.5), "mse")
    reduce = keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=2, min_delta=0.01, cooldown=1, min_lr=0.01)
    return reported(model.fit(x, y, epochs=25, callbacks=[reduce], shuffle=False, verbose=0))


def rate_function(keras):
    x, y = regression()
    model = mlp(keras, keras.layers.Dense(1))
    model.compile("sgd", "mse")
    scheduler = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate if epoch < 3 else rate * 0.8)
    return reported(model.fit(x, y, epochs=10, callbacks=[scheduler], shuffle=False, verbose=0))


def own_callback(keras):
    x, y = regression()

    class Watch(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.calls, self.losses = [], []

        def on_train_begin(self, logs=None):
            self.calls.append("train begin")

        def on_epoch_begin(self, epoch, logs=None):
            self.calls.append(f"epoch {epoch}")

        def on_train_batch_begin(self, batch, logs=None):
            self.calls.append(f"batch {batch}")

        def on_train_batch_end(self, batch, logs=None):
            self.losses.append(float(logs["loss"]))

        def on_epoch_end(self, epoch, logs=None):
            self.calls.append(f"end {epoch} {' '.join(sorted(logs))}")
            if epoch == 2:
                self.model.optimizer.learning_rate = 0.001
            if epoch == 3:
                self.model.stop_training = True

        def on_train_end(self, logs=None):
            self.calls.append("train end")

    model, watch = mlp(keras, keras.layers.Dense(1)), Watch()
    model.compile("adam", "mse")
    history = model.fit(x, y, epochs=9, batch_size=50, callbacks=[watch], shuffle=False, verbose=0)
    return reported(history, calls=watch.calls, losses=watch.losses)


def generator(keras):
    x, y = regression()

    def batches():
        while True:
            for first in range(0, 120, 40):
                yield x[first:first + 40], y[first:first + 40]

    model = mlp(keras, keras.layers.Dense(1))
    model.compile("adam", "mse", metrics=["mae"])
    history = model.fit(batches(), epochs=6, steps_per_epoch=4, validation_data=(x[:30], y[:30]), verbose=0)
    return reported(history)


def two_fits(keras):
    x, y = regression()
    model = mlp(keras, keras.layers.Dense(1))
    model.compile("adam", "mse")
    first = model.fit(x, y, epochs=3, shuffle=False, verbose=0)
    second = model.fit(x, y, epochs=5, initial_epoch=3, shuffle=False, verbose=0, validation_data=(x, y), validation_freq=2)
    return {"first": reported(first), "second": reported(second)}


def single_batches(keras):
    x, y = classes()
    model = mlp(keras, keras.layers.Dense(4, activation="softmax"))
    model.compile("adagrad", "sparse_categorical_crossentropy")
    losses = [float(model.train_on_batch(x[first:first + 24], y[first:first + 24])) for _ in range(4) for first in range(0, 120, 24)]
    return {"losses": losses, "test": float(model.test_on_batch(x, y)), "predict": np.ravel(model.predict_on_batch(x[:3])).tolist()}


def batch_normalization(keras):
    x, y = regression()
    layers = keras.layers
    model = keras.Sequential([keras.Input((6,)), layers.Dense(8, kernel_initializer="ones"), layers.BatchNormalization(momentum=0.9),
                              layers.Activation("swish"), layers.Dense(1, kernel_initializer=keras.initializers.Constant(0.1))])
    model.compile("sgd", "mse")
    history = model.fit(x, y, epochs=6, shuffle=False, verbose=0, validation_data=(x, y))
    return reported(history, weights=[np.ravel(each).tolist() for each in model.get_weights()])


def weighted_rows(keras):
    """metrics count every row as one, whatever its weight in the loss."""
    x, y = binary()
    weight = np.arange(120) % 4 / 2
    model = mlp(keras, keras.layers.Dense(1, activation="sigmoid"))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy", "mae"])
    history = model.fit(x, y, sample_weight=weight, epochs=5, shuffle=False, verbose=0, validation_data=(x, y, weight))
    return reported(history, evaluate=[float(v) for v in model.evaluate(x, y, sample_weight=weight, verbose=0)],
                    batch=[float(v) for v in model.train_on_batch(x[:9], y[:9], sample_weight=weight[:9])])


def frozen_layers(keras):
    """The first layers are not trained, then only the last is not; penalties of such layers are no part of the loss."""
    x, y = regression()
    layers = keras.layers
    model = begin(keras.Sequential([keras.Input((6,)), layers.Dense(8, activation="tanh", kernel_regularizer="l2"), layers.Dense(5, activation="relu"),
                                    layers.Dense(1)]))
    model.layers[0].trainable = model.layers[1].trainable = False
    model.compile("adam", "mse")
    first = model.fit(x, y, epochs=4, shuffle=False, verbose=0, validation_data=(x, y))
    counts = [len(model.trainable_weights), len(model.non_trainable_weights)]
    model.trainable = True
    model.layers[2].trainable = False
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9, clipnorm=0.5), "mse")
    second = model.fit(x, y, epochs=4, shuffle=False, verbose=0)
    return {"first": reported(first), "second": reported(second), "counts": counts, "weights": [np.ravel(each).tolist() for each in model.get_weights()]}


def frozen_batch_normalization(keras):
    x, y = regression()
    layers = keras.layers
    model = begin(keras.Sequential([keras.Input((6,)), layers.Dense(8), layers.BatchNormalization(), layers.Activation("tanh"), layers.Dense(1)]))
    model.compile("sgd", "mse")
    model.fit(x, y, epochs=2, shuffle=False, verbose=0)
    model.layers[1].trainable = False
    model.compile("sgd", "mse")
    history = model.fit(x, y, epochs=3, shuffle=False, verbose=0, validation_data=(x, y))
    return reported(history, weights=[np.ravel(each).tolist() for each in model.get_weights()])


def normalization(keras):
    x, y = regression()
    layers = keras.layers
    prepared = layers.Normalization()
    prepared.adapt(5 * x + 2)
    model = keras.Sequential([keras.Input((6,)), prepared, layers.Dense(4, kernel_initializer="ones", activation="tanh"),
                              layers.Dense(1, kernel_initializer="ones")])
    model.compile("adam", "mse")
    return reported(model.fit(5 * x + 2, y, epochs=4, shuffle=False, verbose=0), called=np.ravel(prepared(5 * x[:3] + 2)).tolist())


def structured_data(keras):
    """Keras's example of structured data: columns of several kinds, each with its own preparation."""
    x, y = regression()
    layers = keras.layers
    size, colour = 10 * x[:, :1], np.floor(2 * x[:, 1:2] + 2).astype("int64")
    bins = layers.Discretization(bin_boundaries=[-5.0, 0.0, 5.0], output_mode="one_hot")
    coded = layers.CategoryEncoding(num_tokens=4, output_mode="one_hot")
    a, b, c = keras.Input((1,), name="size"), keras.Input((1,), name="colour", dtype="int64"), keras.Input((4,), name="rest")
    hidden = layers.Concatenate()([bins(a), coded(b), c])
    model = keras.Model([a, b, c], layers.Dense(1)(layers.Dense(6, activation="relu")(hidden)))
    begin(model)
    model.compile("adam", "mse", metrics=["mae"])
    return reported(model.fit({"size": size, "colour": colour, "rest": x[:, 2:]}, y, epochs=4, shuffle=False, verbose=0))


def two_heads(keras):
    """A number and a class from one trunk: losses by name, each with a weight and metrics."""
    x, y = classes()
    layers = keras.layers
    entry = keras.Input((6,))
    trunk = layers.Dense(8, activation="tanh")(entry)
    price = layers.Dense(1, name="price")(layers.Dense(4, activation="relu")(trunk))
    kind = layers.Dense(4, activation="softmax", name="kind")(trunk)
    model = begin(keras.Model(entry, [price, kind]))
    model.compile("adam", {"price": "mse", "kind": "sparse_categorical_crossentropy"}, loss_weights={"price": 0.5, "kind": 2.0},
                  metrics={"price": ["mae", "mse"], "kind": "accuracy"}, weighted_metrics={"kind": ["accuracy"]})
    weight = np.abs(numbers(7, len(y))) + 0.1
    targets = [np.sin(x.sum(1)), y]
    history = model.fit(x, targets, epochs=6, sample_weight=weight, validation_data=(x[:30], [each[:30] for each in targets]), shuffle=False, verbose=0)
    return reported(history, evaluate=[float(v) for v in model.evaluate(x, dict(zip(("price", "kind"), targets)), verbose=0)],
                    batch=[float(v) for v in model.train_on_batch(x[:9], [each[:9] for each in targets])],
                    predict=[np.ravel(each).tolist() for each in model.predict(x[:3], verbose=0)], names=model.output_names)


def heads_of_a_dictionary(keras):
    """Outputs are a dictionary, whose keys are the names in logs; batches come from a generator."""
    x, y = binary()
    layers = keras.layers
    entry = keras.Input((6,))
    trunk = layers.Dense(5, activation="relu")(entry)
    model = begin(keras.Model(entry, {"up": layers.Dense(1, activation="sigmoid", name="first")(trunk), "sum": layers.Dense(1, name="second")(trunk)}))
    model.compile(keras.optimizers.SGD(0.1), {"up": "binary_crossentropy", "sum": keras.losses.Huber()}, metrics={"up": ["accuracy"]})
    batches = [(x[first:first + 40], {"sum": x[first:first + 40].sum(1), "up": y[first:first + 40]}) for first in range(0, 120, 40)]

    class Indexed(getattr(keras.utils, "PyDataset", object)):
        def __len__(self):
            return 3

        def __getitem__(self, i):
            return batches[i]

    history = model.fit(Indexed(), epochs=4, shuffle=False, validation_data=Indexed(), verbose=0)
    answer = model.predict(x[:4], verbose=0)
    return reported(history, predict={name: np.ravel(answer[name]).tolist() for name in sorted(answer)})


def an_output_that_is_not_trained(keras):
    """An inner layer is an output too, without a loss and without targets."""
    x, y = regression()
    layers = keras.layers
    entry = keras.Input((6,))
    hidden = layers.Dense(4, activation="tanh", name="hidden")(entry)
    model = begin(keras.Model(entry, [hidden, layers.Dense(1, name="sum")(hidden)]))
    model.compile("rmsprop", [None, "mse"])
    history = model.fit(x, [y, y], epochs=4, shuffle=False, verbose=0)
    return reported(history, predict=[np.ravel(each).tolist() for each in model.predict(x[:2], verbose=0)])


def layers_of_branches(keras):
    """Layers and weights are in Keras's order, which is not that of a walk along the branches."""
    x, y = regression()
    layers = keras.layers
    a, b = keras.Input((2,), name="a"), keras.Input((4,), name="b")
    short = layers.Dense(3, name="short")(a)
    long = layers.Dense(3, name="end")(layers.Dense(3, name="middle")(layers.Dense(3, name="start")(b)))
    joined = layers.Add(name="sum")([short, long])
    model = begin(keras.Model([a, b], layers.Dense(1, name="last")(layers.Concatenate(name="join")([short, joined]))))
    model.compile("adam", "mse")
    history = model.fit([x[:, :2], x[:, 2:]], y, epochs=3, shuffle=False, verbose=0)
    return reported(history, layers=[each.name for each in model.layers], shapes=[list(each.shape) for each in model.get_weights()])


SCENARIOS = {each.__name__: each for each in (
    lesson, logits, sparse_classes, one_hot, penalties, class_weight, sample_weight, metrics_with_and_without_weights, wide_and_deep,
    residual, gates, embedding, images, schedule,
    early_stopping, plateau, rate_function, own_callback, generator, two_fits, single_batches, batch_normalization, weighted_rows,
    frozen_layers, frozen_batch_normalization, normalization, structured_data,
    two_heads, heads_of_a_dictionary, an_output_that_is_not_trained, layers_of_branches)}
