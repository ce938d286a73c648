# SPDX-License-Identifier: Apache-2.0
"""Keras: compile and fit, in two configurations told apart by the backend.

"keras" is the configuration of tutorials: TensorFlow, all options at their defaults.
"keras-jax" is the fastest configuration found: the JAX backend, with steps_per_execution a whole epoch
(the PyTorch backend refuses that option; TensorFlow gains less by it). precision "bf16": the policy mixed_bfloat16.
"""
import time

import keras

from job import Job
from workloads import LEARNING_RATE, load, mean_loss


class EpochClock(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.ends = []

    def on_epoch_end(self, epoch, logs=None):
        self.ends.append(time.perf_counter())


def limit_threads(threads):
    if keras.backend.backend() == "tensorflow":
        import tensorflow
        tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
        tensorflow.config.threading.set_inter_op_parallelism_threads(threads)


def build(workload, options):
    *hidden, outputs = workload.widths[1:]
    model = keras.Sequential([keras.Input((workload.widths[0],))]
                             + [keras.layers.Dense(units, activation=workload.hidden) for units in hidden]
                             + [keras.layers.Dense(outputs, activation=workload.output)])
    model.compile(optimizer=keras.optimizers.Adam(LEARNING_RATE), loss=workload.loss, **options)
    return model


def prepare(workload, data, threads, precision="fp32"):
    keras.mixed_precision.set_global_policy("mixed_bfloat16" if precision == "bf16" else "float32")
    limit_threads(threads)
    x, y = load(workload, data)
    options = {"steps_per_execution": workload.steps} if keras.backend.backend() == "jax" else {}
    model = build(workload, options)
    model.optimizer.build(model.trainable_variables)
    fresh = model.get_weights(), [v.numpy() for v in model.optimizer.variables]

    def run(epochs):
        model.set_weights(fresh[0])
        for variable, value in zip(model.optimizer.variables, fresh[1]):
            variable.assign(value)
        clock = EpochClock()
        model.fit(x, y, batch_size=workload.batch, epochs=epochs + 1, verbose=0, callbacks=[clock])
        return [after - before for before, after in zip(clock.ends, clock.ends[1:])]

    def loss_now():
        return mean_loss(workload, model.predict(x, batch_size=workload.batch, verbose=0), y)

    return Job(workload.steps, run, loss_now, notes={"backend": keras.backend.backend(), **options})
