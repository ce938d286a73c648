# SPDX-License-Identifier: Apache-2.0
"""The cases that run in PyTorch, where its formulas, defaults or scalings differ from Keras's.

Names are Keras's: rho is PyTorch's alpha (rmsprop), epsilon its eps, a batch normalisation's momentum 1 - its momentum.
weight_decay keeps its PyTorch meaning: added to the gradient, but for adamw.
"""

from common import case, columns, dense, op, rule

TANH = [dense(7, "tanh"), dense(5, "tanh")]
REGRESSION = [*TANH, dense(3)]
MSE, SGD = op("mean_squared_error"), op("sgd", learning_rate=0.1)


def regression(name, optimizer, **more):
    return case(f"torch/{name}", more.pop("layers", REGRESSION), MSE, optimizer, rule("linear", 3), **more)


def optimizers():
    given = {
        "sgd_defaults": op("sgd"),
        "sgd": SGD,
        "sgd_momentum": op("sgd", learning_rate=0.05, momentum=0.9),
        "sgd_nesterov": op("sgd", learning_rate=0.05, momentum=0.9, nesterov=True),
        "sgd_weight_decay": op("sgd", learning_rate=0.05, momentum=0.9, weight_decay=0.05),
        "adam_defaults": op("adam"),
        "adam": op("adam", learning_rate=0.01, beta_1=0.8, beta_2=0.99),
        "adam_epsilon": op("adam", learning_rate=0.02, epsilon=0.03),
        "adam_amsgrad": op("adam", learning_rate=0.02, beta_2=0.9, amsgrad=True),
        "adam_weight_decay": op("adam", learning_rate=0.01, weight_decay=0.1),
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
        "rmsprop_epsilon": op("rmsprop", learning_rate=0.01, epsilon=0.03),
        "rmsprop_momentum": op("rmsprop", learning_rate=0.001, momentum=0.9),
        "rmsprop_centered": op("rmsprop", learning_rate=0.005, centered=True, epsilon=0.01),
        "rmsprop_weight_decay": op("rmsprop", learning_rate=0.005, weight_decay=0.05),
        "adagrad_defaults": op("adagrad"),
        "adagrad": op("adagrad", learning_rate=0.05),
        "adagrad_epsilon": op("adagrad", learning_rate=0.1, epsilon=0.03, initial_accumulator_value=0.01),
        "adadelta_defaults": op("adadelta"),
        "adadelta_epsilon": op("adadelta", learning_rate=0.25, epsilon=0.001),
        "clipvalue": op("sgd", learning_rate=0.2, clipvalue=0.05),
        # The total norm of all gradients, with 1e-6 added to the divisor.
        "global_clipnorm": op("sgd", learning_rate=0.2, global_clipnorm=0.3),
    }
    yield from (regression(name, optimizer) for name, optimizer in given.items())
    # With a line search, all rows at once. Later steps are near a minimum, where fp32 leaves little of the differences.
    whole = {"batch": 64, "steps": 20}
    yield regression("lbfgs_iterations", op("lbfgs", iterations=6, evaluations=7), **whole | {"steps": 2})
    yield regression("lbfgs", op("lbfgs", iterations=1, evaluations=26), **whole)
    yield regression("lbfgs_history", op("lbfgs", learning_rate=0.5, history=3, iterations=1, evaluations=26),
                     **whole | {"steps": 15})
    yield case("torch/lbfgs_classes", [*TANH, dense(3)], op("sparse_categorical_crossentropy", from_logits=True),
               op("lbfgs", iterations=1, evaluations=26), rule("class", 3), **whole | {"steps": 8})


def losses():
    def trained(name, loss, k, last, target, **more):
        return case(f"torch/{name}", [*TANH, dense(k, last)], loss, op("sgd", learning_rate=0.2), rule(target, k), **more)

    bce, cce, sparse = "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"
    logits = {"from_logits": True}
    yield trained(bce, op(bce), 1, "sigmoid", "positive")
    yield trained(f"{bce}_logits", op(bce, **logits), 1, "linear", "positive")
    yield trained(f"{bce}_pos_weight", op(bce, **logits, pos_weight=2.5), 1, "linear", "positive")
    yield trained(f"{bce}_labels_pos_weight", op(bce, **logits, pos_weight=0.5), 3, "linear", "positive")
    yield trained(sparse, op(sparse, **logits), 3, "linear", "class")
    yield trained(f"{sparse}_class_weight", op(sparse, **logits), 3, "linear", "class", class_weight=[0.5, 1.0, 3.0])
    yield trained(f"{cce}_smoothing", op(cce, **logits, label_smoothing=0.2), 3, "linear", "one_hot")
    yield trained("mean_squared_error", MSE, 3, "linear", "linear")
    yield trained("mean_absolute_error", op("mean_absolute_error"), 3, "linear", "linear")
    yield trained("huber", op("huber", delta=0.5), 3, "linear", "linear")
    yield trained("smooth_l1", op("smooth_l1", beta=0.5), 3, "linear", "linear")


def layers():
    def around(norm):
        return [dense(7, use_bias=False), norm, op("activation", activation="tanh"), dense(5, "tanh"), norm, dense(3)]

    yield regression("batch_normalization", SGD, layers=around(op("batch_normalization")))
    yield regression("batch_normalization_momentum", SGD, rows=60,
                     layers=around(op("batch_normalization", momentum=0.75, epsilon=0.0625)))
    yield regression("layer_normalization", SGD, layers=around(op("layer_normalization")))
    yield regression("rms_normalization", SGD, layers=around(op("rms_normalization", epsilon=0.0625)))
    wide, leaky = [columns(12, -2, 2)], op("activation", activation="leaky_relu")
    for name, layer in {"leaky_relu_defaults": leaky, "prelu_shared": op("prelu", shared=True)}.items():
        yield regression(name, op("sgd", learning_rate=0.05), layers=[dense(7), layer, dense(5, "tanh"), dense(3)],
                         inputs=wide)
    words = [{"name": "x", "shape": [3], "fill": {"kind": "integers", "count": 10}}]
    embedded = [op("embedding", input_dim=10, output_dim=4), op("flatten"), dense(5, "tanh"), dense(1)]
    yield case("torch/embedding_adam", embedded, op("huber"), op("adam", learning_rate=0.005), rule("linear", 1), words,
               rows=24, batch=6)
    yield regression("uneven_last_batch", op("adam", learning_rate=0.01), rows=60)


def schedules():
    momentum = op("sgd", momentum=0.9)
    given = {
        "step_decay": op("step_decay", initial_learning_rate=0.1, step_size=30, gamma=0.25),
        "one_cycle": op("one_cycle", max_learning_rate=0.1, total_steps=100, cycle_momentum=False),
        "one_cycle_linear": op("one_cycle", max_learning_rate=0.1, total_steps=100, pct_start=0.25, div_factor=10.0,
                               final_div_factor=100.0, anneal_strategy="linear", cycle_momentum=False),
        "one_cycle_momentum": op("one_cycle", max_learning_rate=0.1, total_steps=100),
        "one_cycle_momentum_linear": op("one_cycle", max_learning_rate=0.05, total_steps=120, anneal_strategy="linear",
                                        base_momentum=0.5, max_momentum=0.9),
        "cosine_decay_restarts": op("cosine_decay_restarts", initial_learning_rate=0.1, first_decay_steps=15, t_mul=2),
    }
    yield from (regression(f"schedule_{name}", momentum, schedule=schedule) for name, schedule in given.items())
    # beta_1 is cycled where there is one.
    adam = op("adam", beta_2=0.99)
    yield regression("schedule_one_cycle_adam", adam, schedule=op("one_cycle", max_learning_rate=0.03, total_steps=100))


def cases():
    return [*optimizers(), *losses(), *layers(), *schedules()]
