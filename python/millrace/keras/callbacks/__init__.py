# SPDX-License-Identifier: Apache-2.0
"""Callbacks, with Keras's names and options. Classes of your own derive from Callback.

A callback may use self.model: predict, evaluate, get_weights and save see the weights of that moment; set_weights and
optimizer.learning_rate act from the next step on. model.stop_training = True ends the run.
"""

from typing import TYPE_CHECKING

from millrace.keras._operation import unknown_name
from millrace.keras.callbacks._backup import BackupAndRestore
from millrace.keras.callbacks._callback import Callback, LambdaCallback
from millrace.keras.callbacks._files import CSVLogger, ModelCheckpoint, TensorBoard
from millrace.keras.callbacks._history import History
from millrace.keras.callbacks._rates import LearningRateScheduler, ReduceLROnPlateau
from millrace.keras.callbacks._stopping import EarlyStopping, TerminateOnNaN

__all__ = ["BackupAndRestore", "CSVLogger", "Callback", "EarlyStopping", "History", "LambdaCallback", "LearningRateScheduler", "ModelCheckpoint",
           "ReduceLROnPlateau", "TensorBoard", "TerminateOnNaN"]


if not TYPE_CHECKING:  # a checker would take every name for known

    def __getattr__(name):
        raise unknown_name("callbacks", name, __all__)
