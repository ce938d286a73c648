// SPDX-License-Identifier: Apache-2.0
//
// Whether a graph is still the one that was written:
//   metadata["digest"] = graph_digest(graph, description);                                   // when writing
//   changed = graph_digest(graph_of_the_file, description) != metadata_of_the_file["digest"];  // when reading
#pragma once

#include <string>
#include <string_view>

#include "ops/graph_node.hpp"

namespace millrace {

/// A checksum (XXH3-128, 32 hexadecimal digits) over `description`, inputs, outputs, constants, and the operators of
/// the nodes with their operands and attributes, in their order. Names of nodes and metadata are not part of it: other
/// programs may set them. Finds damage and edits, not forgery.
[[nodiscard]] std::string graph_digest(const PlainGraph& graph, std::string_view description);

}  // namespace millrace
