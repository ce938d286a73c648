# SPDX-License-Identifier: Apache-2.0
"""PyTorch's C++ library: the same step as eager PyTorch, without Python (libtorch_train.cpp), compiled once."""
import ctypes
import hashlib
import os
import subprocess
from pathlib import Path

import numpy as np
import torch

import environment
from job import Job, Skip, fastest_threads
from torch_eager import loss_now
from workloads import LEARNING_RATE, load

SOURCE = Path(__file__).with_suffix("").with_name("libtorch_train.cpp")


def library():
    """The compiled library of this source and this PyTorch."""
    root = Path(torch.__file__).parent
    key = hashlib.sha256(SOURCE.read_bytes() + torch.__version__.encode()).hexdigest()[:16]
    path = environment.HOME / f"libtorch-{key}.so"
    if not path.exists():
        unfinished = path.with_suffix(f".{os.getpid()}.so")
        words = [os.environ.get("CXX", "g++"), "-O2", "-std=c++20", "-fPIC", "-shared", f"-D_GLIBCXX_USE_CXX11_ABI={int(torch._C._GLIBCXX_USE_CXX11_ABI)}",
                 f"-I{root}/include", f"-I{root}/include/torch/csrc/api/include", SOURCE, "-o", unfinished,
                 f"-L{root}/lib", "-ltorch", "-ltorch_cpu", "-lc10", f"-Wl,-rpath,{root}/lib"]
        try:
            done = subprocess.run(words, capture_output=True, text=True)
        except FileNotFoundError as missing:
            raise Skip(f"no C++ compiler: {missing.filename}") from None
        if done.returncode != 0:
            raise RuntimeError(f"{SOURCE.name} does not compile: {done.stderr.strip()[-300:]}")
        unfinished.replace(path)
    return ctypes.CDLL(str(path))


def prepare(workload, data, threads):
    x, y = load(workload, data)
    if not workload.regression and workload.widths[-1] > 1:
        y = y.astype(np.int64)
    loss = ("binary_crossentropy", "sparse_categorical_crossentropy", "mean_squared_error").index(workload.loss)
    hidden = ("sigmoid", "relu", "tanh").index(workload.hidden)
    widths = np.array(workload.widths, np.int64)
    outputs = np.empty((workload.rows, workload.widths[-1]), np.float32)
    notes = {"threads": threads}
    code = library()

    def address(array):
        return ctypes.c_void_p(array.ctypes.data)

    def train(count, epochs):
        seconds = np.empty(epochs + 1)
        failed = code.train(address(x), address(y), ctypes.c_int64(workload.rows), address(widths), len(widths), hidden, loss,
                            ctypes.c_int64(workload.batch), ctypes.c_double(LEARNING_RATE), count, epochs + 1, address(seconds),
                            address(outputs))
        if failed:
            raise RuntimeError("training with libtorch failed, see the log")
        return seconds[1:].tolist()

    def tune():
        notes["threads"] = fastest_threads(threads, lambda count: min(train(count, 2)))

    return Job(workload.steps, lambda epochs: train(notes["threads"], epochs),
               lambda: loss_now(workload, torch.from_numpy(outputs), torch.from_numpy(y)), tune, notes)
