# SPDX-License-Identifier: Apache-2.0
"""Makes the model file on which predictors are measured."""
import shutil
import subprocess
import tempfile
from pathlib import Path

import environment
import millrace_train
from job import Skip


def model_for(workload, python):
    """The workload's network as an ONNX file: exported by millrace after an epoch, or, without millrace, written
    with random weights by Python's onnx package. Returns the path and the name of the maker."""
    file = environment.DATA / workload.name / "model.onnx"
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        out = tempfile.mkdtemp(prefix="contenders-")
        subprocess.run(millrace_train.command(workload, environment.DATA, 1, 1, out), check=True, capture_output=True)
        shutil.move(Path(out) / "model.onnx", file)
        return file, "millrace"
    except Skip:
        subprocess.run([python, environment.HERE / "random_model.py", workload.name, file], check=True)
        return file, "random weights"
    finally:
        shutil.rmtree(out, ignore_errors=True)
