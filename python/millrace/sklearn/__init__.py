# SPDX-License-Identifier: Apache-2.0
"""scikit-learn's multi-layer perceptrons, with its parameters, defaults and formulas, trained by millrace.

They are estimators of scikit-learn: they work in Pipeline, GridSearchCV and cross_val_score, can be cloned and pickled,
and learn from arrays and data frames. scikit-learn has to be installed.
"""

from millrace.sklearn._mlp import MLPClassifier, MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
