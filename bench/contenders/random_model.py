# SPDX-License-Identifier: Apache-2.0
"""random_model.py WORKLOAD FILE.onnx: the workload's network with random weights, for inference without a trainer."""
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

from workloads import parse

OPS = {"sigmoid": "Sigmoid", "relu": "Relu", "softmax": "Softmax"}


def model(workload):
    random = np.random.default_rng(3)
    nodes, weights, name = [], [], "x"
    layers = list(zip(workload.widths, workload.widths[1:]))
    for i, (inputs, units) in enumerate(layers):
        w = random.standard_normal((inputs, units)).astype(np.float32) / np.sqrt(inputs).astype(np.float32)
        weights += [numpy_helper.from_array(w, f"w{i}"), numpy_helper.from_array(np.zeros(units, np.float32), f"b{i}")]
        last = i == len(layers) - 1
        nodes.append(helper.make_node("Gemm", [name, f"w{i}", f"b{i}"], [f"z{i}"]))
        name = "y" if last else f"a{i}"
        nodes.append(helper.make_node(OPS[workload.output if last else workload.hidden], [f"z{i}"], [name]))
    graph = helper.make_graph(nodes, workload.name,
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", workload.widths[0]])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", workload.widths[-1]])], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


if __name__ == "__main__":
    save(model(parse(sys.argv[1])), sys.argv[2])
