# SPDX-License-Identifier: Apache-2.0
"""Runs the models of models.py in one library and compares the outputs.

Usage:  consume.py CONSUMER FOLDER RESULT.json        needs: numpy and the library; runs in Python 3.6 and later

RESULT.json gets the version of the library and, for each model, the largest difference (absolute for outputs up to 1,
relative for larger ones) or the first line of the error.
"""
import json
import os
import sys
import tempfile

import numpy


def onnxruntime(options=None):
    import onnxruntime as library
    library.set_default_logger_severity(4)

    def run(path, inputs):
        session = library.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        return session.run(None, inputs)[0]
    return library.__version__, run


def rewritten(rewrite):
    """Runs what `rewrite` makes of a model in ONNX Runtime."""
    import onnx
    _, run_file = onnxruntime()

    def run(path, inputs):
        with tempfile.TemporaryDirectory() as folder:
            changed = os.path.join(folder, "model.onnx")
            model = rewrite(onnx.load(path))
            onnx.save(model, changed)
            return run_file(changed, inputs)
    return run


def reference():
    import onnx
    from onnx.reference import ReferenceEvaluator
    return onnx.__version__, lambda path, inputs: ReferenceEvaluator(onnx.load(path)).run(None, inputs)[0]


def openvino():
    import openvino as library
    core = library.Core() if hasattr(library, "Core") else None
    if core is None:
        from openvino.runtime import Core, get_version
        core = Core()
        version = get_version()
    else:
        version = library.get_version() if hasattr(library, "get_version") else library.__version__

    def run(path, inputs):
        # The default of some processors is bfloat16.
        compiled = core.compile_model(core.read_model(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        return list(compiled(inputs).values())[0]
    return version.split("-")[0], run


def opencv():
    import cv2

    def run(path, inputs):
        net = cv2.dnn.readNetFromONNX(path)
        if len(inputs) == 1:
            net.setInput(list(inputs.values())[0])
        else:
            for name, values in inputs.items():
                net.setInput(values, name)
        # Without a name it gives the last output, which is not the first one where probabilities are beside logits.
        return net.forward('output')
    return cv2.__version__, run


def onnxsim():
    import onnxsim as library

    def simplify(model):
        simplified, same = library.simplify(model)
        assert same, "onnxsim's own check failed"
        return simplified
    return getattr(library, "__version__", ""), rewritten(simplify)


def onnxslim():
    import onnxslim as library
    return library.__version__, rewritten(library.slim)


def onnxoptimizer():
    import onnxoptimizer as library
    return library.__version__, rewritten(lambda model: library.optimize(model, library.get_fuse_and_elimination_passes()))


def onnx_version_converter():
    import onnx
    from onnx import version_converter
    return onnx.__version__, rewritten(lambda model: version_converter.convert_version(model, 18))


def tract():
    import importlib.metadata
    import tract as library

    def run(path, inputs):
        model = library.onnx().load(path)
        names = [model.input_name(i) for i in range(model.input_count())]
        for i, name in enumerate(names):
            model.set_input_fact(i, "%s,f32" % ",".join(map(str, inputs[name].shape)))
        return model.into_model().into_runnable().run([inputs[name] for name in names])[0].to_numpy()
    return importlib.metadata.version("tract"), run


def mnn():
    import MNN
    from MNN.tools import mnnconvert

    def run(path, inputs):
        with tempfile.TemporaryDirectory() as folder:
            converted = os.path.join(folder, "model.mnn")
            stdout = os.dup(1)
            os.dup2(2, 1)
            words = sys.argv
            sys.argv = ["mnnconvert", "-f", "ONNX", "--modelFile", path, "--MNNModel", converted, "--bizCode", "millrace"]
            try:
                mnnconvert.main()
            finally:
                sys.argv = words
                os.dup2(stdout, 1)
            names = list(inputs)
            module = MNN.nn.load_module_from_file(converted, names, ["output"])
            variables = []
            for name in names:
                values = inputs[name]
                variable = MNN.expr.placeholder(list(values.shape), MNN.expr.NCHW, MNN.expr.float)
                variable.write(numpy.ascontiguousarray(values))
                variables.append(variable)
            return numpy.array(module.forward(variables)[0].read())
    return MNN.version() if hasattr(MNN, "version") else "", run


def iree():
    import iree.compiler
    import iree.runtime
    from iree.compiler.tools import import_onnx
    import subprocess

    def run(path, inputs):
        with tempfile.TemporaryDirectory() as folder:
            text = os.path.join(folder, "model.mlir")
            subprocess.run([sys.executable, "-m", "iree.compiler.tools.import_onnx", path, "-o", text], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            program = iree.compiler.compile_file(text, target_backends=["llvm-cpu"], input_type="onnx",
                                                 extra_args=["--iree-llvmcpu-target-cpu=host"])
        module = iree.runtime.load_vm_flatbuffer(program, driver="local-task")
        names = [name for name in module.vm_module.function_names if not name.startswith("__") and "$" not in name]
        results = module[names[0]](*inputs.values())
        return (results[0] if isinstance(results, tuple) else results).to_host()
    assert import_onnx
    return iree.compiler.version.VERSION if hasattr(iree.compiler, "version") else "", run


def tinygrad():
    import importlib.metadata
    from tinygrad import Tensor
    try:
        from tinygrad.nn.onnx import OnnxRunner
    except ImportError:
        from tinygrad.frontend.onnx import OnnxRunner

    def run(path, inputs):
        runner = OnnxRunner(path)
        return list(runner({name: Tensor(values) for name, values in inputs.items()}).values())[0].numpy()
    return importlib.metadata.version("tinygrad"), run


def quantized():
    """ONNX Runtime's dynamic quantisation reads and runs the model; its outputs are only near those of the model."""
    import onnxruntime as library
    from onnxruntime.quantization import QuantType, quantize_dynamic
    _, run_file = onnxruntime()

    def run(path, inputs):
        with tempfile.TemporaryDirectory() as folder:
            changed = os.path.join(folder, "model.onnx")
            quantize_dynamic(path, changed, weight_type=QuantType.QUInt8)
            run_file(changed, inputs)
        return None
    return library.__version__, run


def onnx2torch():
    import importlib.metadata
    import torch
    from onnx2torch import convert

    def run(path, inputs):
        with torch.no_grad():
            return convert(path).eval()(*[torch.from_numpy(values) for values in inputs.values()]).numpy()
    return importlib.metadata.version("onnx2torch"), run


CONSUMERS = {function.__name__: function for function in (
    onnxruntime, reference, openvino, opencv, onnxsim, onnxslim, onnxoptimizer, onnx_version_converter, tract, mnn, iree,
    tinygrad, quantized, onnx2torch)}


def difference(found, expected):
    found = numpy.asarray(found, dtype=numpy.float64)
    if found.size != expected.size:
        return "outputs of shape %s, expected %s" % (found.shape, expected.shape)
    worst = (numpy.abs(found.reshape(expected.shape) - expected) / numpy.maximum(1, numpy.abs(expected))).max()
    return float(worst) if numpy.isfinite(worst) else "an output is not finite"


def first_line(error):
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return "%s: %s" % (type(error).__name__, lines[0][:300] if lines else "")


def main(consumer, folder, result):
    version, run = CONSUMERS[consumer]()
    results = {}
    with open(os.path.join(folder, "models.json")) as file:
        models = json.load(file)
    for model in models:
        inputs = {name: numpy.load(os.path.join(folder, array)) for name, array in model["inputs"].items()}
        expected = numpy.load(os.path.join(folder, model["name"] + ".expected.npy"))
        try:
            found = run(os.path.join(folder, model["name"] + ".onnx"), inputs)
            results[model["name"]] = 0.0 if found is None else difference(found, expected)
        except Exception as error:  # each library has errors of its own
            results[model["name"]] = first_line(error)
    with open(result, "w") as file:
        json.dump({"version": version, "models": results}, file, indent=1)


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in CONSUMERS:
        sys.exit(__doc__ + "\nCONSUMER: " + ", ".join(CONSUMERS))
    main(*sys.argv[1:])
