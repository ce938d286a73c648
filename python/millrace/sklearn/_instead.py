# SPDX-License-Identifier: Apache-2.0
"""What to type in Classifier and Regressor in place of arguments of other estimators."""

import functools
import inspect

from millrace._words import nearest
from millrace.errors import ArgumentError

_RATE = 'optimizer="adam:learning_rate=0.01"'
_INSTEAD = {"activation": 'layers=["64:tanh", "32:tanh"]', "alpha": 'optimizer="adamw:weight_decay=0.01"', "cv": "cross_val_score(Classifier(), X, y, cv=5)",
            "dropout": 'layers=[64, "dropout:0.2", 32]', "early_stopping": "validation=0.2, patience=10", "hidden_layer_sizes": "layers=(64, 32)",
            "learning_rate": _RATE, "learning_rate_init": _RATE, "lr": _RATE, "max_iter": "epochs=100", "momentum": 'optimizer="sgd:momentum=0.9"',
            "n_estimators": "epochs=100", "n_iter_no_change": "patience=10", "n_jobs": "threads=4", "num_threads": "threads=4", "seed": "random_state=1",
            "solver": 'optimizer="sgd"', "validation_fraction": "validation=0.2", "validation_split": "validation=0.2", "weight_decay": 'optimizer="adamw:weight_decay=0.01"'}


def says_instead(init):
    """An __init__ whose unknown arguments raise ArgumentError, with what to type instead. Its signature stays."""
    known = list(inspect.signature(init).parameters)[1:]

    @functools.wraps(init)
    def checked(self, *args, **kwargs):
        for name in kwargs:
            if name not in known:
                hint = f", expected {_INSTEAD[name]}" if name in _INSTEAD else f", expected one of {', '.join(known)}.{nearest(name, known)}"
                raise ArgumentError(f"[{type(self).__name__}] no argument '{name}'{hint}")
        init(self, *args, **kwargs)

    return checked
