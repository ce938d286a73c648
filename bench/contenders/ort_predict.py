# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime: inference with an exported model, rows in memory to outputs in memory.

The session runs with the fastest number of threads, on bound buffers, so a call neither converts nor allocates. The time
that Python adds to a call is measured on a model that does nothing and saved as "call_us"; a C++ program needs less.
"""
import time

import numpy as np
import onnx
import onnxruntime

from job import Job, fastest_threads

SLICE = 0.002  # seconds of calls that are timed together: short calls would measure the clock


def open_session(model, threads):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def inputs_of(session, x):
    """x, cut into the model's inputs: one matrix, or one column each as a model with named columns has them."""
    feeds, column = {}, 0
    for entry in session.get_inputs():
        width = entry.shape[-1] if isinstance(entry.shape[-1], int) else x.shape[1]
        feeds[entry.name] = np.ascontiguousarray(x[:, column:column + width])
        column += width
    if column != x.shape[1]:
        raise ValueError(f"[onnxruntime] the model takes {column} columns, the workload has {x.shape[1]}")
    return feeds


def bind(session, feeds, outputs):
    """A function that runs the session from and to these arrays."""
    binding = session.io_binding()
    for name, array in feeds.items():
        binding.bind_cpu_input(name, array)
    for entry, array in zip(session.get_outputs(), outputs):
        binding.bind_output(entry.name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)
    return lambda: session.run_with_iobinding(binding)


def seconds_of(call, times):
    start = time.perf_counter()
    for _ in range(times):
        call()
    return time.perf_counter() - start


def empty_call():
    """Seconds of a call of a model that copies one number."""
    info = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph([onnx.helper.make_node("Identity", ["x"], ["y"])], "empty",
                                   [info("x", onnx.TensorProto.FLOAT, [1, 1])], [info("y", onnx.TensorProto.FLOAT, [1, 1])])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8)
    session = open_session(model.SerializeToString(), 1)
    one = np.ones((1, 1), np.float32)
    call = bind(session, {"x": one}, [np.empty_like(one)])
    return min(seconds_of(call, 1000) for _ in range(5)) / 1000


def prepare(workload, data, threads, model, batch):
    x = np.random.default_rng(2).standard_normal((batch, workload.widths[0]), dtype=np.float32)
    outputs = None

    def call_with(count):
        nonlocal outputs
        session = open_session(model, count)
        feeds = inputs_of(session, x)
        if outputs is None:
            outputs = session.run(None, feeds)  # tells the shapes and types, too
        return bind(session, feeds, outputs)

    def ready(count):
        """The call with a number of threads, warmed up, and how often it runs in a slice."""
        call = call_with(count)
        call()
        return call, max(1, round(SLICE / seconds_of(call, 1)))

    def seconds_with(count):
        call, often = ready(count)
        return seconds_of(call, often) / often

    threads = fastest_threads(threads, seconds_with)
    call, times = ready(threads)

    def run(slices):
        return [seconds_of(call, times) for _ in range(slices + 1)][1:]

    def check():
        if not all(np.isfinite(o).all() for o in outputs if o.dtype.kind == "f"):
            raise ValueError("[onnxruntime] predicts something that is not finite")
        return 0.0

    return Job(times, run, check, notes={"call_us": round(empty_call() * 1e6, 2), "threads": threads})
