# SPDX-License-Identifier: Apache-2.0
"""millrace trains neural networks on the cores of a processor and writes them as ONNX files.

    import millrace as tf

    model = tf.keras.Sequential([
        tf.keras.layers.Dense(25, activation="sigmoid"),
        tf.keras.layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=100)
    model.save("model.onnx")

millrace.keras has Keras's words, millrace.sklearn scikit-learn's estimators; Model and Dataset are the C++ classes.
"""

import importlib
from typing import TYPE_CHECKING

from millrace import _imports, errors
from millrace._core import Dataset, Model, library_versions, split_last, split_stratified, version
from millrace._reading import Table, read_csv, read_table, select_rows, split_rows
from millrace.errors import (ArgumentError, DataError, DataWarning, InternalError, MillraceError, MismatchError, NonFiniteError, ResourceError,
                             UnsupportedError, UsageError)

if TYPE_CHECKING:  # imported when they are first used: `import millrace` itself needs no NumPy
    from millrace import convert, keras, sklearn

__version__ = version()
__all__ = ["ArgumentError", "DataError", "DataWarning", "Dataset", "InternalError", "MillraceError", "MismatchError", "Model", "NonFiniteError",
           "ResourceError", "Table", "UnsupportedError", "UsageError", "convert", "errors", "keras", "library_versions", "read_csv", "read_parquet", "read_table",
           "select_rows", "sklearn", "split_last", "split_rows", "split_stratified", "version"]

_PACKAGES = ("convert", "keras", "sklearn")
# Names of TensorFlow that stand in scripts beside tf.keras, and what to use here.
_ARRAYS = ": fit() and predict() take NumPy's arrays and return them; compute with NumPy"
_OF_TENSORFLOW = {"random": ": use millrace.keras.utils.set_random_seed(seed) in the place of tf.random.set_seed(seed)",
                  "data": ": fit() takes arrays, frames, generators and any iterable of batches (x, y)",
                  **dict.fromkeys(("Variable", "constant", "convert_to_tensor", "linalg", "math", "nn", "reduce_mean", "cast", "float32"), _ARRAYS),
                  **dict.fromkeys(("autograph", "compat", "get_logger"), ": leave the line out; there is nothing to silence or to switch"),
                  **dict.fromkeys(("GradientTape", "function"), ": fit() and train_on_batch() train; training loops of your own are not supported"),
                  "config": ": millrace runs on the cores that the process may use; nothing needs to be set"}


def read_parquet(path, target="", *, columns=None, weight="", ignore=(), kinds=None) -> Table:
    """Reads a Parquet file, a folder of them or a list into a Table. columns: the only ones to read. target, weight, ignore, kinds: see Table.

    Needs the package pyarrow, or polars. Raises DataError for a file that cannot be read.
    """
    from millrace._parquet import parquet

    return Table(parquet(path, columns), target=target, weight=weight, ignore=ignore, kinds=kinds)


if not TYPE_CHECKING:  # a checker would take every name for known

    def __getattr__(name: str):
        if name in _PACKAGES:
            return importlib.import_module(f"millrace.{name}")
        raise AttributeError(f"module 'millrace' has no attribute '{name}'{_OF_TENSORFLOW.get(name, '')}")


_imports.explain_imports()


def __dir__():
    return sorted([*globals(), *_PACKAGES])
