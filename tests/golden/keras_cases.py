# SPDX-License-Identifier: Apache-2.0
"""The cases that run in Keras, with millrace's names. run_keras.py builds each from this description alone.

Networks are 12-7-5-k unless the case is about a layer. Losses and layers train with plain SGD, because Adam would hide a
gradient of the wrong scale. Every optimizer with an epsilon also runs with a large one, or its place would not show.
"""

from common import case, columns, dense, op, rule, uniform

TANH = [dense(7, "tanh"), dense(5, "tanh")]
REGRESSION = [*TANH, dense(3)]
MSE, SGD = op("mean_squared_error"), op("sgd", learning_rate=0.1)


def regression(name, optimizer, **more):
    return case(f"keras/{name}", more.pop("layers", REGRESSION), MSE, optimizer, rule("linear", 3), **more)


def optimizers():
    given = {
        "sgd_defaults": op("sgd"),
        "sgd": SGD,
        "sgd_momentum": op("sgd", learning_rate=0.05, momentum=0.9),
        "sgd_nesterov": op("sgd", learning_rate=0.05, momentum=0.9, nesterov=True),
        "adam_defaults": op("adam"),
        "adam": op("adam", learning_rate=0.01, beta_1=0.8, beta_2=0.99),
        "adam_epsilon": op("adam", learning_rate=0.02, epsilon=0.03),
        "adam_amsgrad": op("adam", learning_rate=0.02, beta_2=0.9, amsgrad=True),
        "adamw_defaults": op("adamw"),
        "adamw": op("adamw", learning_rate=0.01, weight_decay=0.1),
        "nadam_defaults": op("nadam"),
        "nadam": op("nadam", learning_rate=0.01),
        "nadam_epsilon": op("nadam", learning_rate=0.02, epsilon=0.03),
        "adamax_defaults": op("adamax"),
        "adamax": op("adamax", learning_rate=0.01),
        "adamax_epsilon": op("adamax", learning_rate=0.02, epsilon=0.03),
        "rmsprop_defaults": op("rmsprop"),
        "rmsprop": op("rmsprop", learning_rate=0.005, rho=0.8),
        "rmsprop_epsilon": op("rmsprop", learning_rate=0.01, epsilon=0.003),
        "rmsprop_momentum": op("rmsprop", learning_rate=0.002, momentum=0.9),
        "rmsprop_centered": op("rmsprop", learning_rate=0.005, centered=True, epsilon=0.0001),
        "rmsprop_centered_momentum": op("rmsprop", learning_rate=0.002, centered=True, momentum=0.8, epsilon=0.001),
        "adagrad_defaults": op("adagrad"),
        "adagrad": op("adagrad", learning_rate=0.05),
        "adagrad_epsilon": op("adagrad", learning_rate=0.1, epsilon=0.03, initial_accumulator_value=0.01),
        "adadelta_defaults": op("adadelta"),
        "adadelta": op("adadelta", learning_rate=1.0, rho=0.9, epsilon=1e-5),
        "adadelta_epsilon": op("adadelta", learning_rate=0.5, epsilon=0.001),
        "ftrl_defaults": op("ftrl"),
        "ftrl": op("ftrl", learning_rate=0.1),
        "ftrl_regularized": op("ftrl", learning_rate=0.1, learning_rate_power=-0.6, initial_accumulator_value=0.2,
                               l1_regularization_strength=0.02, l2_regularization_strength=0.03,
                               l2_shrinkage_regularization_strength=0.01, beta=0.1),
        "lion_defaults": op("lion"),
        "lion": op("lion", learning_rate=0.003, weight_decay=0.1),
        "lamb_defaults": op("lamb"),
        "lamb": op("lamb", learning_rate=0.01, weight_decay=0.1),
        "lamb_epsilon": op("lamb", learning_rate=0.02, epsilon=0.03),
        # Options of every optimizer.
        "sgd_weight_decay": op("sgd", learning_rate=0.05, momentum=0.9, weight_decay=0.1),
        "adam_weight_decay": op("adam", learning_rate=0.01, weight_decay=0.1),
        "clipnorm": op("sgd", learning_rate=0.2, clipnorm=0.15),
        "global_clipnorm": op("sgd", learning_rate=0.2, global_clipnorm=0.3),
        "clipvalue": op("sgd", learning_rate=0.2, clipvalue=0.05),
        "use_ema": op("sgd", learning_rate=0.1, use_ema=True, ema_momentum=0.95),
        "use_ema_overwrite": op("adam", learning_rate=0.01, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=7),
        "gradient_accumulation": op("sgd", learning_rate=0.2, momentum=0.9, gradient_accumulation_steps=4),
        "gradient_accumulation_adam": op("adam", learning_rate=0.02, weight_decay=0.1, gradient_accumulation_steps=3),
        "gradient_accumulation_clipnorm": op("sgd", learning_rate=0.5, clipnorm=0.1, gradient_accumulation_steps=4),
        "gradient_accumulation_use_ema": op("sgd", learning_rate=0.2, use_ema=True, ema_momentum=0.97,
                                            gradient_accumulation_steps=4),
    }
    yield from (regression(name, optimizer) for name, optimizer in given.items())
    yield regression("gradient_accumulation_schedule", op("sgd", gradient_accumulation_steps=4),
                     schedule=op("exponential_decay", initial_learning_rate=0.4, decay_steps=20, decay_rate=0.5))
    yield regression("uneven_last_batch", op("adam", learning_rate=0.01), rows=60)


def penalties():
    def limited(**options):
        return [dense(7, "tanh", **options), dense(5, "tanh", **options), dense(3)]

    yield regression("kernel_l1", SGD, layers=limited(kernel_l1=0.01))
    yield regression("kernel_l2", SGD, layers=limited(kernel_l2=0.02))
    yield regression("kernel_l1_l2", SGD, layers=limited(kernel_l1=0.005, kernel_l2=0.01))
    yield regression("bias_l1_l2", SGD, layers=limited(bias_l1=0.02, bias_l2=0.05))
    yield regression("kernel_max_norm", SGD, layers=limited(kernel_max_norm=0.75))


def losses():
    def trained(name, loss, k, last, target, **more):
        return case(f"keras/{name}", [*TANH, dense(k, last)], loss, more.pop("optimizer", op("sgd", learning_rate=0.2)),
                    rule(target, k), **more)

    bce, cce, sparse = "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"
    focal, many = "binary_focal_crossentropy", "categorical_focal_crossentropy"
    yield trained(bce, op(bce), 1, "sigmoid", "positive")
    yield trained(f"{bce}_logits", op(bce, from_logits=True), 1, "linear", "positive")
    yield trained(f"{bce}_smoothing", op(bce, label_smoothing=0.2), 1, "sigmoid", "positive")
    yield trained(f"{bce}_logits_smoothing", op(bce, from_logits=True, label_smoothing=0.1), 1, "linear", "positive")
    yield trained(f"{bce}_labels", op(bce), 3, "sigmoid", "positive")
    yield trained(f"{bce}_sample_weight", op(bce), 1, "sigmoid", "positive", sample_weight=uniform(0.25, 3))
    yield trained(f"{bce}_class_weight", op(bce), 1, "sigmoid", "positive", class_weight=[0.5, 3.0])
    yield trained(cce, op(cce), 3, "softmax", "one_hot")
    yield trained(f"{cce}_logits", op(cce, from_logits=True), 3, "linear", "one_hot")
    yield trained(f"{cce}_smoothing", op(cce, label_smoothing=0.2), 3, "softmax", "one_hot")
    yield trained(f"{cce}_logits_smoothing", op(cce, from_logits=True, label_smoothing=0.1), 3, "linear", "one_hot")
    yield trained(f"{cce}_class_weight", op(cce, from_logits=True), 3, "linear", "one_hot", class_weight=[0.5, 1.0, 3.0])
    # Not normalised: Keras divides by the row's sum, and the gradient sees it.
    yield trained(f"{cce}_sigmoid", op(cce), 3, "sigmoid", "one_hot")
    yield trained(sparse, op(sparse), 3, "softmax", "class")
    yield trained(f"{sparse}_logits", op(sparse, from_logits=True), 3, "linear", "class")
    yield trained(f"{sparse}_sample_weight", op(sparse), 3, "softmax", "class", sample_weight=uniform(0.25, 3))
    yield trained(f"{sparse}_class_weight", op(sparse), 3, "softmax", "class", class_weight=[0.5, 1.0, 3.0])
    yield trained(focal, op(focal), 1, "sigmoid", "positive")
    yield trained(f"{focal}_balanced", op(focal, apply_class_balancing=True, alpha=0.3, gamma=1.5), 1, "sigmoid", "positive")
    yield trained(f"{focal}_logits", op(focal, from_logits=True, label_smoothing=0.1), 1, "linear", "positive")
    yield trained(many, op(many), 3, "softmax", "one_hot", optimizer=op("sgd", learning_rate=0.5))
    yield trained(f"{many}_logits", op(many, alpha=0.5, gamma=1.5, from_logits=True, label_smoothing=0.1), 3, "linear",
                  "one_hot", optimizer=op("sgd", learning_rate=0.5))
    yield trained("mean_squared_error", MSE, 3, "linear", "linear", optimizer=SGD)
    yield trained("mean_squared_error_sample_weight", MSE, 3, "linear", "linear", optimizer=SGD,
                  sample_weight=uniform(0.25, 3))
    yield trained("mean_absolute_error", op("mean_absolute_error"), 3, "linear", "linear")
    yield trained("huber", op("huber"), 3, "linear", "linear")
    yield trained("huber_delta", op("huber", delta=0.375), 3, "linear", "linear", optimizer=op("sgd", learning_rate=0.5))
    yield trained("log_cosh", op("log_cosh"), 3, "linear", "linear")
    yield trained("hinge", op("hinge"), 1, "linear", "sign", optimizer=op("sgd", learning_rate=0.05))
    yield trained("hinge_binary_labels", op("hinge"), 2, "tanh", "positive")
    yield trained("squared_hinge", op("squared_hinge"), 1, "tanh", "sign")
    yield trained("categorical_hinge", op("categorical_hinge"), 3, "softmax", "one_hot")
    yield trained("poisson", op("poisson"), 2, "exponential", "absolute", optimizer=op("sgd", learning_rate=0.05))
    yield trained("kl_divergence", op("kl_divergence"), 3, "softmax", "share", optimizer=op("sgd", learning_rate=1.0))


def activations():
    names = ["linear", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "softsign", "tanh", "sigmoid",
             "hard_sigmoid", "hard_silu", "mish", "exponential", "softmax", "log_softmax"]
    named = {name: name for name in names} | {"gelu_tanh": "gelu:approximate=true"}

    def network(first, second):
        return [*first, *second, dense(3)]

    def trained(name, layers, low, high, rate):
        return case(f"keras/{name}", layers, MSE, op("sgd", learning_rate=rate), rule("linear", 3), [columns(12, low, high)])

    for name, text in named.items():
        # Wide inputs reach both sides of every bend; functions that grow or sum over the row get narrow ones.
        narrow = name in ("exponential", "selu", "linear", "softplus", "log_softmax")
        rate = {"log_softmax": 0.01, "sigmoid": 0.2, "hard_sigmoid": 0.2, "softmax": 0.2}.get(name, 0.05)
        low, high = (-0.5, 0.5) if narrow else (-2, 2)
        yield trained(f"activation_{name}", network([dense(7, text)], [dense(5, text)]), low, high, rate)
    for name, layer in {"leaky_relu_slope": op("activation", activation="leaky_relu:0.125"),
                        "elu_alpha": op("activation", activation="elu:0.5"), "prelu": op("prelu"),
                        "activation_layer": op("activation", activation="relu")}.items():
        yield trained(name, network([dense(7), layer], [dense(5), layer]), -2, 2, 0.05)


def layers():
    def tabular(name, layers, optimizer=SGD, **more):
        return case(f"keras/{name}", layers, MSE, optimizer, rule("linear", 3), **more)

    def image(name, layers, rate=0.2):
        grid = {"name": "x", "shape": [8, 8, 1], "fill": uniform(-1, 1)}
        return case(f"keras/{name}", [*layers, dense(3, "softmax")], op("sparse_categorical_crossentropy"),
                    op("sgd", learning_rate=rate), rule("class", 3), [grid])

    def around(norm):
        return [dense(7, use_bias=False), norm, op("activation", activation="tanh"), dense(5, "tanh"), norm, dense(3)]

    yield tabular("batch_normalization", around(op("batch_normalization")))
    yield tabular("batch_normalization_momentum", around(op("batch_normalization", momentum=0.8, epsilon=0.0625)))
    yield tabular("batch_normalization_uneven", around(op("batch_normalization", momentum=0.9)), rows=60)
    yield tabular("layer_normalization", around(op("layer_normalization")))
    yield tabular("layer_normalization_epsilon", around(op("layer_normalization", epsilon=0.0625)))
    yield tabular("rms_normalization", around(op("rms_normalization")))
    yield tabular("rms_normalization_epsilon", around(op("rms_normalization", epsilon=0.0625)))
    words = [{"name": "x", "shape": [3], "fill": {"kind": "integers", "count": 10}}]
    for name, optimizer in {"embedding": SGD, "embedding_adam": op("adam", learning_rate=0.005),
                            "embedding_weight_decay": op("sgd", learning_rate=0.1, weight_decay=0.2)}.items():
        # Six rows of ten and three words a row: some words are missing from a batch, and moments and decay go on.
        embedded = [op("embedding", input_dim=10, output_dim=4), op("flatten"), dense(5, "tanh"), dense(1)]
        yield case(f"keras/{name}", embedded, op("huber"), optimizer, rule("linear", 1), words, rows=24, batch=6)
    for name, optimizer in {"embedding_l1_l2": SGD, "embedding_l2_adam": op("adam", learning_rate=0.005)}.items():
        penalty = {"embeddings_l2": 0.02} | ({"embeddings_l1": 0.01} if name == "embedding_l1_l2" else {})
        embedded = [op("embedding", input_dim=10, output_dim=4, **penalty), op("flatten"), dense(5, "tanh"), dense(1)]
        yield case(f"keras/{name}", embedded, op("huber"), optimizer, rule("linear", 1), words, rows=24, batch=6)
    wide_and_deep = [dense(7, "relu") | {"inputs": ["deep"], "name": "hidden"}, dense(5, "relu") | {"name": "narrow"},
                     op("concatenate") | {"inputs": ["narrow", "wide"]}, dense(1, "sigmoid")]
    yield case("keras/wide_and_deep", wide_and_deep, op("binary_crossentropy"), op("adam", learning_rate=0.01),
               rule("positive", 1), [columns(8, name="wide"), columns(12, name="deep")])
    residual = [dense(7, "tanh") | {"name": "first"}, dense(7, "tanh") | {"name": "second"},
                op("add") | {"inputs": ["first", "second"]}, dense(3)]
    yield tabular("residual_add", residual)
    conv = op("conv2d", filters=3, kernel_size=3, activation="relu")
    same = op("conv2d", filters=3, kernel_size=3, padding="same", strides=2, activation="tanh")
    yield image("conv2d_max_pooling", [conv, op("max_pooling2d", pool_size=2), op("flatten"), dense(5, "tanh")])
    yield image("conv2d_average_pooling", [conv, op("average_pooling2d", pool_size=2), op("flatten"), dense(5, "tanh")])
    yield image("conv2d_penalties", [op("conv2d", filters=3, kernel_size=3, activation="relu", kernel_l1=0.002,
                                        kernel_l2=0.01, bias_l1=0.01, bias_l2=0.02), op("flatten"), dense(5, "tanh")])
    yield image("conv2d_max_norm", [op("conv2d", filters=3, kernel_size=3, activation="relu", kernel_max_norm=0.75),
                                    op("flatten"), dense(5, "tanh")])
    yield image("conv2d_same_strides", [same, conv, op("flatten"), dense(5, "tanh")])
    padded = {"pool_size": 3, "strides": 2, "padding": "same"}
    yield image("pooling_same", [conv, op("max_pooling2d", **padded), op("average_pooling2d", **padded), op("flatten")],
                0.4)
    yield image("global_average_pooling", [conv, op("batch_normalization"), op("global_average_pooling2d")], 1.0)


def schedules():
    momentum = op("sgd", momentum=0.9)
    given = {
        "constant": op("constant", learning_rate=0.05),
        "exponential_decay": op("exponential_decay", initial_learning_rate=0.1, decay_steps=20, decay_rate=0.5),
        "exponential_decay_staircase": op("exponential_decay", initial_learning_rate=0.1, decay_steps=30, decay_rate=0.25,
                                          staircase=True),
        "piecewise_constant_decay": op("piecewise_constant_decay", boundaries=[20, 60], values=[0.02, 0.1, 0.01]),
        "polynomial_decay": op("polynomial_decay", initial_learning_rate=0.1, decay_steps=70, end_learning_rate=0.01,
                               power=2.0),
        # A power of two: XLA divides by multiplying with 1/decay_steps, and for 30 step 90 falls into the next cycle.
        "polynomial_decay_cycle": op("polynomial_decay", initial_learning_rate=0.1, decay_steps=32, cycle=True),
        "cosine_decay": op("cosine_decay", initial_learning_rate=0.1, decay_steps=80, alpha=0.1),
        "cosine_decay_warmup": op("cosine_decay", initial_learning_rate=0.0, decay_steps=70, warmup_target=0.1,
                                  warmup_steps=20),
        "cosine_decay_restarts": op("cosine_decay_restarts", initial_learning_rate=0.1, first_decay_steps=15, t_mul=2.0,
                                    m_mul=0.5, alpha=0.05),
        "cosine_decay_restarts_even": op("cosine_decay_restarts", initial_learning_rate=0.1, first_decay_steps=30,
                                         t_mul=1.0),
    }
    yield from (regression(f"schedule_{name}", momentum, schedule=schedule) for name, schedule in given.items())


def cases():
    return [*optimizers(), *penalties(), *losses(), *activations(), *layers(), *schedules()]
