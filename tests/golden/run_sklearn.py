# SPDX-License-Identifier: Apache-2.0
"""Builds a case in scikit-learn, trains it with partial_fit, one batch per call, and returns the results."""

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier, MLPRegressor

import common
import generator

LIBRARY = {"name": "sklearn", "sklearn": sklearn.__version__, "numpy": np.__version__}
ACTIVATIONS = {"linear": "identity", "sigmoid": "logistic", "tanh": "tanh", "relu": "relu"}
PRECISION = []


def use(precision):
    PRECISION[:] = [precision]


def make_model(case):
    o, hidden = dict(case["optimizer"]["options"]), case["layers"][:-1]
    words = {"learning_rate": "learning_rate_init", "nesterov": "nesterovs_momentum"}
    maker = MLPRegressor if case["loss"]["op"] == "mean_squared_error" else MLPClassifier
    model = maker(hidden_layer_sizes=[layer["options"]["units"] for layer in hidden], solver=case["optimizer"]["op"],
                  shuffle=False, activation=ACTIVATIONS[hidden[0]["options"]["activation"]],
                  alpha=hidden[0]["options"]["kernel_l2"], **{words.get(k, k): v for k, v in o.items()})
    start = [value.astype(PRECISION[0]) for value in generator.initial(case).values()]
    pairs = iter(zip(start[::2], start[1::2]))
    model._init_coef = lambda fan_in, fan_out, dtype: next(pairs)  # millrace's weights instead of random ones
    return model


def run(case):
    """{"loss_curve", "final", "defaults"} of a case in the precision chosen by use()."""
    model = make_model(case)
    inputs, y, weights = generator.data(case)
    x = inputs["x"].astype(PRECISION[0])
    regression = isinstance(model, MLPRegressor)
    y = y.astype(PRECISION[0]) if regression else y[:, 0].astype(int)
    y = y[:, 0] if regression and y.shape[1] == 1 else y
    more = {} if regression else {"classes": np.unique(y)}
    curve = []
    for rows in generator.batches(case):
        part = {} if weights is None else {"sample_weight": weights[rows].astype(PRECISION[0])}
        curve.append(model.partial_fit(x[rows], y[rows], **part, **more).loss_)
    final = [value for pair in zip(model.coefs_, model.intercepts_) for value in pair]
    used = {k: getattr(model, v) for k, v in {"learning_rate": "learning_rate_init", "momentum": "momentum",
                                              "nesterov": "nesterovs_momentum", "beta_1": "beta_1", "beta_2": "beta_2",
                                              "epsilon": "epsilon"}.items()}
    unused = {"sgd": ("beta_1", "beta_2", "epsilon"), "adam": ("momentum", "nesterov")}[case["optimizer"]["op"]]
    used = {k: v for k, v in used.items() if k not in unused}
    return {"loss_curve": np.array(curve), "final": dict(zip(case["initial"], final)),
            "defaults": {"optimizer": common.given_or(used, case["optimizer"]["options"])}}
