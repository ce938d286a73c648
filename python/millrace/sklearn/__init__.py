# SPDX-License-Identifier: Apache-2.0
"""Estimators of scikit-learn, trained by millrace.

MLPClassifier and MLPRegressor have scikit-learn's parameters, defaults and formulas; Classifier and Regressor have millrace's own
options. All work in Pipeline, GridSearchCV and cross_val_score, can be cloned and pickled, and learn from arrays and data frames.
to_onnx() writes a fitted Pipeline, with its scalers, imputers and encoders, as one ONNX file. scikit-learn has to be installed.
"""

from millrace.sklearn._mlp import MLPClassifier, MLPRegressor
from millrace.sklearn._onnx import to_onnx
from millrace.sklearn._own import Classifier, Regressor

__all__ = ["Classifier", "MLPClassifier", "MLPRegressor", "Regressor", "to_onnx"]
