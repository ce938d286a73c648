# SPDX-License-Identifier: Apache-2.0
"""The contenders, in the order of the table's columns. A new contender is one file and one row."""
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Contender:
    module: str                                       # the file with prepare(workload, data, threads) -> Job
    packages: tuple = ()                              # distributions whose versions are printed
    environment: dict = field(default_factory=dict)   # environment variables of its process


CONTENDERS = {
    "millrace": Contender("millrace_train"),
    "keras": Contender("keras_fit", ("keras", "tensorflow-cpu"), {"KERAS_BACKEND": "tensorflow"}),
    "keras-jax": Contender("keras_fit", ("keras", "jax"), {"KERAS_BACKEND": "jax"}),
    "torch": Contender("torch_eager", ("torch",)),
    "torch-compile": Contender("torch_compile", ("torch",)),
    "jax": Contender("jax_scan", ("jax", "jaxlib")),
    "sklearn": Contender("sklearn_mlp", ("scikit-learn", "numpy")),
}

OPERATORS = {
    "millrace": Contender("millrace_operation"),
    "torch": Contender("torch_operation", ("torch",)),
}

PREDICTORS = {
    "millrace": Contender("millrace_predict"),
    "onnxruntime": Contender("ort_predict", ("onnxruntime",)),
}
