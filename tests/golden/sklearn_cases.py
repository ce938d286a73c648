# SPDX-License-Identifier: Apache-2.0
"""The cases that run in scikit-learn: MLPRegressor and MLPClassifier with the solvers sgd and adam.

kernel_l2 is its alpha, which it gives to every layer: the loss gets 0.5 * alpha * sum(kernel^2) / rows of the batch.
"""

from common import case, dense, op, rule, uniform


def cases():
    def network(name, hidden, k, last, loss, target, optimizer, alpha=1e-4, **more):
        layers = [dense(7, hidden, kernel_l2=alpha), dense(5, hidden, kernel_l2=alpha), dense(k, last, kernel_l2=alpha)]
        return case(f"sklearn/{name}", layers, op(loss), optimizer, rule(target, k), **more)

    sgd, adam = op("sgd", learning_rate=0.05), op("adam", learning_rate=0.01)
    regression = "linear", "mean_squared_error", "linear"
    binary = "sigmoid", "binary_crossentropy", "positive"
    several = "softmax", "sparse_categorical_crossentropy", "class"
    yield network("sgd_defaults", "relu", 1, *regression, op("sgd"))
    yield network("sgd", "tanh", 1, *regression, op("sgd", learning_rate=0.05, momentum=0.0, nesterov=False))
    yield network("sgd_momentum", "tanh", 1, *regression, op("sgd", learning_rate=0.02, momentum=0.8, nesterov=False))
    yield network("sgd_nesterov", "tanh", 1, *regression, sgd)
    yield network("adam_defaults", "relu", 1, *regression, op("adam"))
    yield network("adam", "tanh", 1, *regression, op("adam", learning_rate=0.01, beta_1=0.8, beta_2=0.99))
    yield network("adam_epsilon", "tanh", 1, *regression, op("adam", learning_rate=0.02, epsilon=0.03))
    yield network("kernel_l2", "tanh", 1, *regression, sgd, alpha=1.0)
    yield network("kernel_l2_uneven", "tanh", 1, *regression, sgd, alpha=1.0, rows=60)
    yield network("outputs", "tanh", 3, *regression, op("sgd", learning_rate=0.02))
    yield network("binary", "relu", 1, *binary, sgd)
    yield network("binary_adam", "sigmoid", 1, *binary, op("adam", learning_rate=0.03))
    yield network("classes", "tanh", 3, *several, sgd)
    yield network("classes_adam", "relu", 3, *several, adam)
    yield network("sample_weight", "tanh", 1, *regression, sgd, alpha=1.0, sample_weight=uniform(0.25, 3))
    yield network("binary_sample_weight", "tanh", 1, *binary, sgd, alpha=1.0, sample_weight=uniform(0.25, 3))
    yield network("classes_sample_weight", "tanh", 3, *several, sgd, sample_weight=uniform(0.25, 3))
    yield network("linear", "linear", 1, *regression, sgd, alpha=0.5)
