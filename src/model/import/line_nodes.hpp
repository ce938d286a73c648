// SPDX-License-Identifier: Apache-2.0
//
// Convolutions and poolings in one dimension, as PyTorch's Conv1d and MaxPool1d.
#pragma once

#include <vector>

#include "model/import/foreign_graph.hpp"

namespace millrace {

/// Turns each convolution and pooling of lines, (batch, channels, width), into one of images of height 1, between an
/// Unsqueeze and a Squeeze. Nodes with attributes of another length stay as they are. Returns the names of new values.
std::vector<std::string> rewrite_lines(std::vector<GraphNode>& nodes, Tensors& constants, NodePlaces& places);

}  // namespace millrace
