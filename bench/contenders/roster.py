# SPDX-License-Identifier: Apache-2.0
"""The contenders, in the order of the table's columns. A new contender is one file and one row."""
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Contender:
    module: str                                       # the file with prepare(workload, data, threads, **options) -> Job
    packages: tuple = ()                              # distributions whose versions are printed
    environment: dict = field(default_factory=dict)   # environment variables of its process
    options: dict = field(default_factory=dict)
    requirements: str = ""                            # pins of an environment of its own; empty: the common one


# All of these train in fp32.
CONTENDERS = {
    "millrace": Contender("millrace_train"),
    "keras": Contender("keras_fit", ("keras", "tensorflow-cpu"), {"KERAS_BACKEND": "tensorflow"}),
    "keras-jax": Contender("keras_fit", ("keras", "jax"), {"KERAS_BACKEND": "jax"}),
    "torch": Contender("torch_eager", ("torch",)),
    "torch-compile": Contender("torch_compile", ("torch",)),
    "libtorch": Contender("libtorch", ("torch",)),
    "jax": Contender("jax_scan", ("jax", "jaxlib")),
    "jax-0.6.2": Contender("jax_scan", (), {"XLA_FLAGS": "--xla_cpu_use_thunk_runtime=false"},
                           requirements="jax_old_requirements.txt"),
    "sklearn": Contender("sklearn_mlp", ("scikit-learn", "numpy")),
}

# Products of bfloat16 numbers, sums and weights in fp32. The names say it, because these columns are no comparison for
# one in fp32.
BFLOAT16 = {"precision": "bf16"}
IN_BFLOAT16 = {
    "millrace-bf16": Contender("millrace_train", options=BFLOAT16),
    "torch-medium-bf16": Contender("torch_eager", ("torch",), options={"precision": "medium"}),
    "torch-bf16": Contender("torch_eager", ("torch",), options=BFLOAT16),
    "torch-compile-bf16": Contender("torch_compile", ("torch",), options=BFLOAT16),
    "jax-bf16": Contender("jax_scan", ("jax", "jaxlib"), options=BFLOAT16),
    "keras-jax-bf16": Contender("keras_fit", ("keras", "jax"), {"KERAS_BACKEND": "jax"}, options=BFLOAT16),
}

OPERATORS = {
    "millrace": Contender("millrace_operation"),
    "torch": Contender("torch_operation", ("torch",)),
}

PREDICTORS = {
    "millrace": Contender("millrace_predict"),
    "onnxruntime": Contender("ort_predict", ("onnxruntime",)),
}
