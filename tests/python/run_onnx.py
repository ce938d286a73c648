# SPDX-License-Identifier: Apache-2.0
"""Runs an ONNX model in ONNX Runtime.

Usage:  run_onnx.py MODEL.onnx INPUT.npy OUTPUT.npy
        run_onnx.py MODEL.onnx NAME=INPUT.npy ... NAME=OUTPUT.npy        needs: numpy onnxruntime

The last argument is the output file, for the model's first output or for the named one; the others are inputs. Exits with 1
and one line if the model does not load or refuses the inputs.
"""
import sys

import numpy
import onnxruntime


class Refused(Exception):
    """What we have, what was expected."""


def split(argument, values, what):
    """("name", "file.npy") of NAME=FILE, or of FILE if there is only one value."""
    names = [value.name for value in values]
    name, found, file = argument.partition("=")
    if found and name in names:
        return name, file
    if found or len(names) != 1:
        raise Refused(f"{what} '{argument}', expected NAME=FILE with a name of {', '.join(names)}")
    return names[0], argument


def run(model, inputs, output):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # errors: the caller reads stderr
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    given = [split(argument, session.get_inputs(), "input") for argument in inputs]
    feeds = {name: numpy.load(file) for name, file in given}
    missing = [value.name for value in session.get_inputs() if value.name not in feeds]
    if missing or len(feeds) != len(given):
        raise Refused(f"inputs {', '.join(name for name, _ in given)}, expected each of the model's once; missing: {', '.join(missing)}")
    outputs = session.get_outputs() if "=" in output else session.get_outputs()[:1]
    name, file = split(output, outputs, "output")
    numpy.save(file, session.run([name], feeds)[0])


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    try:
        run(sys.argv[1], sys.argv[2:-1], sys.argv[-1])
    except Exception as error:  # ONNX Runtime's errors have no base class of their own
        text = str(error).splitlines()
        sys.exit(f"[run_onnx] {sys.argv[1]}: {text[0] if text else type(error).__name__}")
